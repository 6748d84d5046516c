import DataAccess
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing
import Transport

@testable import MariaDBDriver

/// How a connection to MySQL begins: its accounts send the password itself, so only to a server that is verified.
@Suite(.enabled(if: MariaDBServer.hasMySQL, "`make test-mysql` runs it, on a real MySQL"))
struct MySQLConnectionTests {
  private func failure(_ tls: TLSMode, password: String? = nil) async throws -> DatabaseError? {
    let server = try MariaDBServer.sharedMySQL()
    var configuration = server.configuration(as: server.owner)
    configuration.tls = tls
    if let password { configuration.password = Secret(password) }
    let (fixture, fixed) = (try LoopFixture(), configuration)
    return await #expect(throws: DatabaseError.self) {
      try await DriverSession.with(MariaDBDriver(configuration: fixed), on: fixture.loop) { session in
        try await session.run("SELECT 1")
      }
    }
  }

  @Test func `no password goes to a server that is not encrypted or not verified`() async throws {
    for mode in [TLSMode.disable, .require] {
      let error = try await failure(mode)
      #expect(error?.kind == .connectionRefused)
      #expect(error?.detail?.contains("DB_TLS=verify-full") == true, "\(error?.detail ?? "")")
    }
    #expect(try await failure(.verifyFull(authorityFile: nil))?.kind == .connectionRefused)
  }

  private func signIn(
    _ server: MariaDBServer, key: String?, as account: PostgresServer.Account
  ) async throws -> Int64 {
    var configuration = server.configuration(as: account)
    (configuration.tls, configuration.serverKeyFile) = (.disable, key)
    let (fixture, fixed) = (try LoopFixture(), configuration)
    return try await DriverSession.with(MariaDBDriver(configuration: fixed), on: fixture.loop) { session in
      try await session.run("SELECT 1").integer(0, 0)
    }
  }

  /// Makes an account whose password the server does not remember yet, so that it needs the password itself.
  private func withNewAccount(
    on server: MariaDBServer, _ body: (PostgresServer.Account) async throws -> Void
  ) async throws {
    let account = PostgresServer.Account(name: RandomName.make(), password: Secret("a new password"))
    let fixture = try LoopFixture()
    let driver = server.driver(as: server.superuser)
    try await DriverSession.with(driver, on: fixture.loop) { session in
      try await session.run("CREATE USER `\(account.name)` IDENTIFIED BY 'a new password'")
    }
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(account))
    } catch {
      result = .failure(error)
    }
    try await DriverSession.with(driver, on: fixture.loop) { session in
      try await session.run("DROP USER `\(account.name)`")
    }
    try result.get()
  }

  @Test func `without TLS a password goes to the server whose key is pinned`() async throws {
    let server = try MariaDBServer.sharedMySQL()
    let key = try #require(server.publicKeyFile)
    try await withNewAccount(on: server) { account in
      let first = try await signIn(server, key: key, as: account)
      // The server remembers the password now.
      let second = try await signIn(server, key: key, as: account)
      #expect(first == 1 && second == 1)
      let wrong = PostgresServer.Account(name: account.name, password: Secret("wrong"))
      let error = await #expect(throws: DatabaseError.self) {
        try await signIn(server, key: key, as: wrong)
      }
      #expect(error?.kind == .authenticationFailed)
    }
  }

  /// Were the server asked for its own key, the login would succeed.
  @Test func `a server with another key than the pinned one cannot read the password`() async throws {
    let server = try MariaDBServer.sharedMySQL()
    let other = try TestKeyPair()
    try await withNewAccount(on: server) { account in
      let error = await #expect(throws: DatabaseError.self) {
        try await signIn(server, key: other.publicKeyFile, as: account)
      }
      #expect(error?.kind == .authenticationFailed)
      #expect(error?.detail?.contains("another key") == true, "\(error?.detail ?? "")")
    }
  }

  @Test func `no key, a lost key and a text that is no key open no connection`() async throws {
    let server = try MariaDBServer.sharedMySQL()
    let words = [
      nil: "DB_SERVER_PUBLIC_KEY_FILE", "/missing.pem": "/missing.pem has no usable key",
      server.certificateFile: "has no usable key",
    ]
    try await withNewAccount(on: server) { account in
      for (file, expected) in words {
        let error = await #expect(throws: DatabaseError.self) {
          try await signIn(server, key: file, as: account)
        }
        #expect(error?.kind == .connectionRefused && error?.detail?.contains(expected) == true)
      }
    }
  }

  @Test func `a password that is too long for the key is not sent`() async throws {
    let server = try MariaDBServer.sharedMySQL()
    let long = PostgresServer.Account(
      name: server.owner.name, password: Secret(String(repeating: "x", count: 214)))
    let key = try #require(server.publicKeyFile)
    let error = await #expect(throws: DatabaseError.self) {
      try await signIn(server, key: key, as: long)
    }
    #expect(error?.detail?.contains("cannot be encrypted") == true, "\(error?.detail ?? "")")
  }

  @Test func `the proof of a password is that of the protocol`() {
    // SHA256("pw") and the nonce 0...19, computed with Python's hashlib.
    let proof = PasswordDelivery.proof(of: Array("pw".utf8), Array(0..<20))
    #expect(proof.prefix(8) == [0x99, 0x42, 0x30, 0x0C, 0xEE, 0xA8, 0x7A, 0xF7] && proof.count == 32)
  }

  @Test func `a wrong password is a refused login`() async throws {
    let server = try MariaDBServer.sharedMySQL()
    let error = try await failure(.verifyFull(authorityFile: server.certificateFile), password: "wrong")
    #expect(error?.kind == .authenticationFailed && error?.nativeCode == "1045")
    #expect(error?.detail?.contains("wrong") == false)
  }

  @Test func `a session learns what its server can do`() async throws {
    try await TestDatabase.with(.mysql) { test in
      try await DriverSession.with(test.driver, on: test.loop) { session in
        let connection = session.connection
        let values = await withUnsafeContinuation { continuation in
          connection.loop.execute { continuation.resume(returning: connection.value.dialect.insertedValues) }
        }
        #expect(values == .identityInResult)
      }
    }
  }

  @Test(
    arguments: [
      (["1", "0", "0", "0", ""], true, false), (["0", "OFF", "OFF", "0"], false, false),
      (["0", "1", "0", "0"], false, true), (["1", "0", "0", "1", "OFF,,OFF,NONE"], true, false),
      (["1", "0", "1", "0", "ON,Primary,ON,NONE"], true, true),
    ] as [([String], Bool, Bool)])
  func `an answer of a server is read`(fields: [String], returns: Bool, isReadOnly: Bool) throws {
    let answer = try #require(ServerAnswer(fields))
    #expect(answer.logsStatements == (fields[3] == "1"))
    #expect(answer.returnsInsertedRows == returns && answer.isReadOnly == isReadOnly)
    #expect(answer.nodeRefusal == nil)
    #expect(ServerAnswer([]) == nil)
  }

  @Test(
    arguments: [
      ("ON,Primary,ON,NONE", nil),
      ("ON,non-Primary,OFF,NONE", "has no majority (wsrep_cluster_status non-Primary)"),
      ("ON,Primary,OFF,NONE", "is a node that is not ready (wsrep_ready is OFF)"),
      ("ON,Primary,ON,ALL", "rejects queries (wsrep_reject_queries = ALL)"),
      ("OFF,Disconnected,OFF,NONE", nil),
    ] as [(String, String?)])
  func `an answer of a node says why it serves no client`(state: String, reason: String?) throws {
    #expect(try #require(ServerAnswer(["1", "0", "0", "0", state])).nodeRefusal == reason)
  }
}
