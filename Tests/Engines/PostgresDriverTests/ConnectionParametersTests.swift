import DataAccess
import Secrets
import Testing
import Transport

@testable import PostgresDriver

/// The parameters that libpq receives, without a server.
struct ConnectionParametersTests {
  private func parameters(_ tls: TLSMode) -> [String: String] {
    let endpoint = Endpoint(host: "db.internal", port: 5432)
    let configuration = DatabaseConfiguration(
      hosts: [endpoint], name: "app_db", user: "connector-rw", tls: tls)
    let pairs = ConnectionParameters(
      configuration: configuration, password: Secret("p"), applicationName: "test"
    ).pairs(for: ServerAddress(host: endpoint))
    return Dictionary(pairs.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  @Test(
    arguments: [
      (TLSMode.disable, "disable", nil), (.require, "require", nil),
      (.verifyFull(authorityFile: "/ca.pem"), "verify-full", "/ca.pem"),
      (.verifyFull(authorityFile: nil), "verify-full", "/etc/ssl/certs/ca-certificates.crt"),
    ] as [(TLSMode, String, String?)])
  func `each TLS mode is libpq's mode of that name, with its authorities`(
    _ mode: TLSMode, _ name: String, _ authorities: String?
  ) {
    let parameters = parameters(mode)
    #expect(parameters["sslmode"] == name)
    #expect(parameters["sslrootcert"] == authorities)
  }

  @Test func `the server receives only parameters that PgBouncer accepts`() {
    #expect(parameters(.disable)["options"] == nil)
    #expect(parameters(.disable)["password"] == "p")
  }

  @Test func `nothing of the user's own files is read`() {
    #expect(parameters(.disable)["passfile"] == "/dev/null/none")
    #expect(parameters(.disable)["gssencmode"] == "disable")
  }
}
