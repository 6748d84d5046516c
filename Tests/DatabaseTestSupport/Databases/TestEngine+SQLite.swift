import DataAccess
import SQLiteDriver
import TestSupport

extension TestEngine {
  /// SQLite: each test gets a file in its own folder, opened with all rights.
  package static let sqlite = TestEngine(
    "SQLite", engine: SQLiteEngine(), doubleType: "REAL", bytesType: "BLOB", oddTimes: sqliteOddTimes
  ) { _ in
    let folder = try TemporaryFolder()
    let configuration = DatabaseConfiguration(name: folder.file("test.db"), user: "migrate-admin")
    let driver = SQLiteDriver.unrestricted(configuration: configuration)
    return ProvidedDatabase(configuration: configuration, driver: driver) { withExtendedLifetime(folder) {} }
  }

  /// A column takes any text.
  static let sqliteOddTimes = ["infinity", "10000-01-01 00:00:00", "-0043-03-15 12:00:00", "soon", ""]
}
