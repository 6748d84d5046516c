import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing
import Transport

@testable import MariaDBDriver

/// Sessions over TLS, which libmariadb reads in another way than plain ones.
@Suite struct EncryptedSessionTests {
  /// The first session waits for a lock that the second one releases, on the same loop.
  @Test func `a statement that waits keeps no other session from its loop`() async throws {
    let server = try MariaDBServer.hasMySQL ? MariaDBServer.sharedMySQL() : MariaDBServer.shared()
    var configuration = server.configuration(as: server.owner)
    configuration.tls = .verifyFull(authorityFile: server.certificateFile)
    let driver = MariaDBDriver(configuration: configuration)
    let fixture = try LoopFixture()
    let name = RandomName.make()
    try await DriverSession.with(driver, on: fixture.loop) { first in
      try await DriverSession.with(driver, on: fixture.loop) { second in
        #expect(try await second.run("SELECT get_lock('\(name)', 0)").integer(0, 0) == 1)
        async let waiting = first.run("SELECT get_lock('\(name)', 60)").integer(0, 0)
        try await eventually("the first session waits") {
          try await second.run(
            "SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%\(name)%' AND state = 'User lock'"
          ).integer(0, 0) == 1
        }
        #expect(try await second.run("SELECT release_lock('\(name)')").integer(0, 0) == 1)
        #expect(try await waiting == 1)
      }
    }
  }

  @Test func `many rows of many bytes arrive whole`() async throws {
    let server = try MariaDBServer.hasMySQL ? MariaDBServer.sharedMySQL() : MariaDBServer.shared()
    var configuration = server.configuration(as: server.owner)
    configuration.tls = .verifyFull(authorityFile: server.certificateFile)
    let driver = MariaDBDriver(configuration: configuration)
    let fixture = try LoopFixture()
    try await DriverSession.with(driver, on: fixture.loop) { session in
      let rows = try await session.run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i, repeat('x', 10000) FROM n"
      )
      #expect(rows.rowCount == 900)
      #expect(try rows.integer(899, 0) == 900 && rows.text(899, 1).utf8.count == 10_000)
      let long = String(repeating: "y", count: 1_000_000)
      #expect(try await session.run("SELECT length('\(long)')").integer(0, 0) == 1_000_000)
    }
  }
}
