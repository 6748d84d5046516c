import DataAccess
import DatabaseTestSupport
import Secrets
import TestSupport
import Testing
import Transport

@testable import MariaDBDriver

/// How a connection to MySQL begins: its accounts send the password itself, so only to a server that is verified.
@Suite(.enabled(if: MariaDBServer.hasMySQL)) struct MySQLConnectionTests {
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
      (["1", "0", "0", "0"], true, false), (["0", "OFF", "OFF"], false, false),
      (["0", "1", "0"], false, true),
      (["1", "0", "0", "1"], true, true),
    ] as [([String], Bool, Bool)])
  func `an answer of a server is read`(fields: [String], returns: Bool, isReadOnly: Bool) throws {
    let answer = try #require(ServerAnswer(fields))
    #expect(answer.returnsInsertedRows == returns && answer.isReadOnly == isReadOnly)
    #expect(ServerAnswer([]) == nil)
  }
}
