import DataAccess
import SQLiteDriver
import TestSupport

extension TestEngine {
  /// SQLite: each test gets a file in its own folder, opened with all rights.
  package static let sqlite = TestEngine(
    "SQLite", engine: SQLiteEngine(), doubleType: "REAL", bytesType: "BLOB", hasServer: false
  ) { _ in
    let folder = try TemporaryFolder()
    let configuration = DatabaseConfiguration(name: folder.file("test.db"), user: "migrate-admin")
    let driver = SQLiteDriver.unrestricted(configuration: configuration)
    return ProvidedDatabase(configuration: configuration, driver: driver) { withExtendedLifetime(folder) {} }
  }
}
