import Foundation

/// A deployment on MariaDB or MySQL.
extension Deployment {
  /// Runs statements as the superuser, on the first node of a cluster or on that with the number, and returns what they
  /// print. The file with the password is for the server's client alone.
  @discardableResult
  func mariadb(_ statements: [String], onNode number: Int? = nil) async throws -> String {
    guard let servers, let prefix = engine.database?.prefix else {
      throw Program.Failure("the deployment has no server")
    }
    let password = try String(contentsOfFile: try servers.value("\(prefix)_PASSWORD_FILE"), encoding: .utf8)
    let authority = servers.variables["\(prefix)_CA_FILE"]
    let port = try number.flatMap { try servers.node($0)["MARIADB_PORT"] } ?? servers.value("\(prefix)_PORT")
    let output = try await Program.run(
      URL(fileURLWithPath: "/usr/bin/env"),
      [
        "mariadb", "--no-defaults", "--skip-column-names", "--host", try servers.value("\(prefix)_HOST"),
        "--port", port, "--user", try servers.value("\(prefix)_SUPERUSER"), "--execute",
        statements.joined(separator: "; "),
      ] + (authority.map { ["--ssl-ca", $0, "--ssl-verify-server-cert"] } ?? []),
      environment: [
        "MYSQL_PWD": password.trimmingCharacters(in: .whitespacesAndNewlines), "PATH": "/usr/bin:/bin",
      ], in: folder)
    guard output.status == 0 else { throw Program.Failure("mariadb: \(output.err)") }
    return output.out
  }

  /// The account of the other tests may make accounts, which the proof would report.
  func dropAccountOfTests() async throws {
    guard let name = servers?.variables["\(engine.database?.prefix ?? "")_TEST_OWNER"] else { return }
    try await mariadb(["DROP USER IF EXISTS `\(name)`@'127.0.0.1'"])
  }
}
