import Foundation
import HTTP
import HTTPClient
import Runtime
import TestSupport
import Testing

@testable import Service

@Suite("A service with a certificate") struct EncryptedServiceTests {
  private let authority: TestAuthority
  private let identity: TestAuthority.Identity

  init() throws {
    authority = try TestAuthority()
    identity = try authority.issue(to: "IP:127.0.0.1")
  }

  private var variables: [String: String] {
    ["HTTP_TLS_CERT_FILE": identity.certificateFile, "HTTP_TLS_KEY_FILE": identity.keyFile]
  }

  private func get(_ path: String, of service: ServiceUnderTest) async throws -> Response {
    try await HTTPClient.send(
      .get, "https://127.0.0.1:\(service.running.address.port)\(path)",
      timeoutMilliseconds: Patience.milliseconds,
      verification: .full(authorityFile: authority.certificateFile))
  }

  @Test func `its routes answer over HTTPS, and its metrics count handshakes and bytes`() async throws {
    try await ServiceUnderTest.with(variables: variables) { service in
      #expect(try await get("/readyz", of: service).status == .ok)
      let metrics = String(decoding: try await get("/metrics", of: service).body, as: UTF8.self)
      #expect(metrics.contains("http_tls_handshakes_total 2"))
      #expect(metrics.contains("http_tls_handshakes_failed_total 0"))
      for name in [
        "handshakes_resumed_total", "received_bytes_total", "sent_bytes_total", "certificate_expiry_seconds",
      ] {
        #expect(metrics.contains("\nhttp_tls_\(name) "), "\(name)")
      }
      #expect(service.log.first(containing: #""scheme":"https""#) != nil)
    }
  }

  @Test func `plain HTTP gets 400, which is logged once and shows no file`() async throws {
    try await ServiceUnderTest.with(variables: variables) { service in
      #expect(try await service.get("/readyz").status == .badRequest)
      try await eventually("the refusal is logged") {
        service.log.all.filter { $0.contains(#""status":400"#) }.count == 1
      }
    }
  }

  @Test func `a client that does not trust the certificate, or names another host, gets no answer`()
    async throws
  {
    try await ServiceUnderTest.with(variables: variables) { service in
      let url = "https://127.0.0.1:\(service.running.address.port)/readyz"
      await #expect(throws: HTTPClientError.self) { try await HTTPClient.send(.get, url) }
      let other = "https://localhost:\(service.running.address.port)/readyz"
      await #expect(throws: HTTPClientError.self) {
        try await HTTPClient.send(
          .get, other, verification: .full(authorityFile: authority.certificateFile))
      }
    }
  }

  @Test
  func `a request to reload reads the files, keeps the old ones when they are broken, and ends nothing`()
    async throws
  {
    try await ServiceUnderTest.with(variables: variables) { service in
      let certificates = try #require(service.running.certificates)
      await certificates.reload()
      #expect(service.log.first(containing: "certificate replaced") != nil)
      let key = try String(contentsOfFile: identity.keyFile, encoding: .utf8)
      try "broken".write(toFile: identity.keyFile, atomically: true, encoding: .utf8)
      await certificates.reload()
      let error = try #require(service.log.first(containing: "the old one stays"))
      #expect(error.contains(identity.keyFile) && error.contains(#""level":"error""#))
      #expect(try await get("/livez", of: service).status == .ok)
      let secret = try #require(key.split(separator: "\n").dropFirst().first)
      #expect(service.log.first(containing: String(secret)) == nil)
    }
  }

  @Test func `files that change are read without a request`() async throws {
    try await ServiceUnderTest.with(variables: variables) { service in
      let running = try #require(service.running.certificates)
      var report = running
      report.intervalMilliseconds = 20
      let watching = Task { [report] in await report.run() }
      defer { watching.cancel() }
      let other = try authority.issue(to: "IP:127.0.0.1")
      for (source, target) in [
        (other.certificateFile, identity.certificateFile), (other.keyFile, identity.keyFile),
      ] {
        try Data(contentsOf: URL(fileURLWithPath: source)).write(
          to: URL(fileURLWithPath: target), options: .atomic)
      }
      try await eventually("the certificate is replaced") {
        service.log.first(containing: "certificate replaced") != nil
      }
      #expect(try await get("/livez", of: service).status == .ok)
    }
  }

  @Test(arguments: [false, true])
  func `the health command probes over HTTPS, also where clients need a certificate`(
    needsCertificate: Bool
  ) async throws {
    let clients = try TestAuthority()
    var variables = variables
    if needsCertificate { variables["HTTP_TLS_CLIENT_CA_FILE"] = clients.certificateFile }
    try await ServiceUnderTest.with(variables: variables) { [variables] service in
      let all = variables.merging([
        "DB_USER": "a", "TOKEN_KEY_FILE": "/key", "HTTP_PORT": "\(service.running.address.port)",
      ]) { $1 }
      let lines = WrittenLines()
      let command = ServiceCommand(
        program: "stand-in", environment: { EnvironmentReader(variables: all) { _ in "" } },
        output: ProgramOutput(answers: lines.sink, complaints: lines.sink)
      ) { _ in StandInService(database: StandInDatabase()) }
      #expect(await command.run(["health"]) == .success)
      #expect(lines.first(containing: #""status":"ready""#) != nil)
    }
  }

  @Test func `the signal to reload reads the files again`() async throws {
    try await ServiceUnderTest.with(variables: variables) { service in
      let certificates = try #require(service.running.certificates)
      // Another number, because the test process has users of SIGHUP itself.
      let request = ReloadRequest(logger: certificates.logger, signals: [SIGUSR1])
      let serving = Task { await request.serve(certificates) }
      // Dispatch installs its source later, so the first signals may be lost.
      try await eventually("it is read again") {
        kill(getpid(), SIGUSR1)
        return service.log.first(containing: "certificate replaced") != nil
      }
      #expect(Signals.reload == [SIGHUP])
      #expect(try await get("/livez", of: service).status == .ok)
      serving.cancel()
    }
  }
}
