import DataAccess
import DatabaseTestSupport
import Logging
import PostgresDriver
import Synchronization
import TestSupport
import Testing

struct NoticeTests {
  /// Records the logged lines.
  private struct Recorder: LogHandler {
    final class Lines: Sendable {
      let all = Mutex<[String]>([])
    }

    let lines: Lines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let message = event.metadata?["message"].map { "\($0)" } ?? ""
      lines.all.withLock { $0.append("\(event.level): \(message)") }
    }
  }

  @Test func `the server's notices are logged at level debug`() async throws {
    let lines = Recorder.Lines()
    let logger = Logger(label: "test") { _ in Recorder(lines: lines) }
    try await TestDatabase.with(.postgresql) { database in
      let driver = PostgresDriver(configuration: database.configuration, logger: logger)
      try await DriverSession.with(driver, on: database.loop) { session in
        try await session.run("DO $$ BEGIN RAISE NOTICE 'the wall holds'; END $$")
      }
    }
    #expect(lines.all.withLock { $0 } == ["debug: the wall holds"])
  }
}
