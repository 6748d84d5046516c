import DataAccess
import Foundation
import SQLiteDriver
import TestSupport

extension TestEngine {
  /// SQLite: each test gets a file in its own folder, opened with all rights.
  package static let sqlite = TestEngine(
    "SQLite", engine: SQLiteEngine(), doubleType: "REAL", bytesType: "BLOB", oddTimes: sqliteOddTimes
  ) { _, copied in
    let folder = try TemporaryFolder()
    let configuration = DatabaseConfiguration(name: folder.file("test.db"), user: "migrate-admin")
    try copyFile(of: copied, to: configuration)
    let driver = SQLiteDriver.unrestricted(configuration: configuration)
    return ProvidedDatabase(configuration: configuration, driver: driver) { withExtendedLifetime(folder) {} }
  }

  /// Copies the file of a database whose sessions have ended, so that it is the whole database.
  static func copyFile(of copied: DatabaseConfiguration?, to configuration: DatabaseConfiguration) throws {
    guard let copied else { return }
    guard waitUntil({ !FileManager.default.fileExists(atPath: copied.name + "-wal") }) else {
      throw SupportError("\(copied.name) still has a session")
    }
    try FileManager.default.copyItem(atPath: copied.name, toPath: configuration.name)
  }

  /// A column takes any text.
  static let sqliteOddTimes = ["infinity", "10000-01-01 00:00:00", "-0043-03-15 12:00:00", "soon", ""]
}
