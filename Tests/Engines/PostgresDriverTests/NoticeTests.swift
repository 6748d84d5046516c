import DataAccess
import DatabaseTestSupport
import TestSupport
import Testing

@testable import PostgresDriver

struct NoticeTests {
  @Test func `the server's notices are logged at level debug`() async throws {
    let log = LogRecorder()
    try await TestDatabase.with(.postgresql) { database in
      let driver = PostgresDriver(configuration: database.configuration, logger: log.logger)
      try await DriverSession.with(driver, on: database.loop) { session in
        try await session.run("DO $$ BEGIN RAISE NOTICE 'the wall holds'; END $$")
      }
    }
    let notices = log.all.map { line in "\(line.level): \(line.metadata["message"].map { "\($0)" } ?? "")" }
    #expect(notices == ["debug: the wall holds"])
  }

  @Test func `a warning during the login is one line of the log, however many sessions repeat it`()
    async throws
  {
    let log = LogRecorder()
    try await TestDatabase.with(.postgresql) { database in
      try await DriverSession.with(database.driver, on: database.loop) { session in
        let name = try await session.run("SELECT current_database()").text(0, 0)
        try await session.run("ALTER DATABASE \"\(name)\" SET default_tablespace = 'nowhere'")
      }
      let driver = PostgresDriver(configuration: database.configuration, logger: log.logger)
      for _ in 0..<3 {
        try await DriverSession.with(driver, on: database.loop) { session in try await session.run("SELECT 1")
        }
      }
    }
    let warnings = log.all.filter { $0.level == .warning }
    #expect(warnings.map(\.message) == ["database warning at login"])
    #expect(log.values(of: "message").allSatisfy { $0.contains("default_tablespace") })
    #expect(log.values(of: "server").count == 1)
  }

  @Test func `a repeated warning is logged again after a pause, with the number of its repeats`() {
    let warnings = LoginWarnings()
    #expect(warnings.take("a", at: 1) == 0)
    #expect(warnings.take("a", at: 2) == nil)
    #expect(warnings.take("b", at: 2) == 0)
    #expect(warnings.take("a", at: 2) == nil)
    #expect(warnings.take("a", at: 1 + LoginWarnings.pauseNanoseconds) == 2)
  }
}
