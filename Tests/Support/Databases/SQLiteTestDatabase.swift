import DataAccess
import SQLiteDriver

/// A SQLite database of a test's own: a file in a folder of its own.
enum SQLiteTestDatabase {
  /// Where the file will be, and a driver with full rights.
  static func make(in folder: TemporaryFolder) -> (DatabaseConfiguration, any DatabaseDriver) {
    let configuration = DatabaseConfiguration(name: folder.file("test.db"), user: "migrate-admin")
    return (configuration, SQLiteDriver.unrestricted(configuration: configuration))
  }
}
