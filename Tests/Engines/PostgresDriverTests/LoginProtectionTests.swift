import DataAccess
import DatabaseTestSupport
import Dispatch
import Glibc
import Secrets
import TestSupport
import Testing
import Transport

@testable import PostgresDriver

/// A server that demands the password in another way than by SCRAM, and what it receives.
struct LoginProtectionTests {
  /// Authentication requests: length, code, and what follows.
  private static let clearText: [UInt8] = [82, 0, 0, 0, 8, 0, 0, 0, 3]
  private static let digest: [UInt8] = [82, 0, 0, 0, 12, 0, 0, 0, 5, 97, 98, 99, 100]
  private static let admitted: [UInt8] = [82, 0, 0, 0, 8, 0, 0, 0, 0]
  private static let mechanisms: [UInt8] =
    [82, 0, 0, 0, 23, 0, 0, 0, 10] + Array("SCRAM-SHA-256".utf8) + [0, 0]

  private static let demands = [
    [clearText], [digest], [mechanisms + clearText], [mechanisms, clearText], [mechanisms, admitted],
  ]

  @Test(arguments: LoginProtectionTests.demands)
  func `a server that demands the password itself or its digest receives neither`(answers: [[UInt8]])
    async throws
  {
    let server = try DemandingServer(answers: answers)
    let configuration = DatabaseConfiguration(
      hosts: [Endpoint(host: "127.0.0.1", port: server.port)], name: "app_db", user: "connector-rw",
      password: Secret("a-password-of-an-account"))
    let fixture = try LoopFixture()
    let driver = PostgresDriver(configuration: configuration, connectTimeoutMilliseconds: 60_000)
    let refused = await #expect(throws: DatabaseError.self) { _ = try await driver.connect(on: fixture.loop) }
    #expect(
      refused?.detail?.contains("SCRAM") == true || LoginProtection.libraryChecks, "\(refused?.detail ?? "")")
    let received = try await server.received.value()
    #expect(!received.contains("a-password-of-an-account"))
    #expect(!received.contains("md5"))
  }

  @Test func `a server that demands the password does not keep the search from the next one`() async throws {
    let server = try DemandingServer(answers: [Self.clearText])
    try await TestDatabase.with(.postgresql) { database in
      var configuration = database.configuration
      configuration.hosts.insert(Endpoint(host: "127.0.0.1", port: server.port), at: 0)
      try await DriverSession.with(PostgresDriver(configuration: configuration), on: database.loop) {
        session in
        let one = try await session.run("SELECT 1").integer(0, 0)
        #expect(one == 1)
      }
      let received = try await server.received.value()
      #expect(!received.contains(database.configuration.password.reveal()))
    }
  }

  @Test(
    arguments: [
      (TLSMode.disable, false, LoginProtection.guarded), (.require, false, .bound),
      (.verifyFull(authorityFile: nil), false, .identified), (.disable, true, .required),
      (.require, true, .required), (.verifyFull(authorityFile: nil), true, .required),
    ] as [(TLSMode, Bool, LoginProtection)])
  func `each kind of connection has its protection, with and without libpq's own`(
    _ mode: TLSMode, _ libraryChecks: Bool, _ protection: LoginProtection
  ) {
    func parameters(_ password: String) -> ConnectionParameters {
      ConnectionParameters(
        configuration: DatabaseConfiguration(name: "app_db", user: "connector-rw", tls: mode),
        password: Secret(password), applicationName: "test")
    }
    #expect(parameters("p").protection(libraryChecks: libraryChecks) == protection)
    #expect(parameters("").protection(libraryChecks: libraryChecks) == LoginProtection.none)
  }
}

/// Answers each message of one client with the next of its answers, and records what the client sent until its end.
private final class DemandingServer: Sendable {
  let port: Int
  /// The bytes of the client, as text.
  let received = AsyncBox<String>()

  init(answers: [[UInt8]]) throws {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | O_CLOEXEC, 0)
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && listen(listener, 8) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard bound else { throw SupportError("cannot listen on 127.0.0.1") }
    port = Int(UInt16(bigEndian: name.sin_port))
    let received = received
    DispatchQueue.global().async {
      received.set(Self.serve(listener, answers))
      close(listener)
    }
  }

  private static func serve(_ listener: Int32, _ answers: [[UInt8]]) -> String {
    let client = accept(listener, nil, nil)
    defer { close(client) }
    var everything: [UInt8] = []
    var bytes = [UInt8](repeating: 0, count: 4_096)
    var answers = answers[...]
    while case let count = recv(client, &bytes, bytes.count, 0), count > 0 {
      everything += bytes[..<count]
      guard let answer = answers.popFirst() else { continue }
      send(client, answer, answer.count, Int32(MSG_NOSIGNAL))
    }
    return String(decoding: everything, as: UTF8.self)
  }
}
