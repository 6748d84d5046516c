import DataAccess
import SQLiteDriver
import TestSupport

extension TestEngine {
  /// SQLite: a file in a folder of the test's own, opened with full rights.
  package static let sqlite = TestEngine(
    "SQLite", engine: SQLiteEngine(), doubleType: "REAL", bytesType: "BLOB", hasServer: false
  ) { _ in
    let folder = try TemporaryFolder()
    let configuration = DatabaseConfiguration(name: folder.file("test.db"), user: "migrate-admin")
    let driver = SQLiteDriver.unrestricted(configuration: configuration)
    return MadeDatabase(configuration: configuration, driver: driver) { withExtendedLifetime(folder) {} }
  }
}
