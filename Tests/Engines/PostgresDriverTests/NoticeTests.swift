import DataAccess
import DatabaseTestSupport
import PostgresDriver
import TestSupport
import Testing

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
}
