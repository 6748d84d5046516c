import DataAccess
import EventLoop
import SQLiteDriver
import TestSupport
import Transport

extension TestEngine {
  /// An engine for tests only: the SQLite driver under another name. A test over this engine fails when shared code
  /// branches on an engine's name.
  package static let second = TestEngine(
    "a second engine", engine: SecondEngine(), doubleType: "REAL", bytesType: "BLOB", oddTimes: sqliteOddTimes
  ) { _, copied in
    let folder = try TemporaryFolder()
    let engine = SecondEngine()
    let configuration = DatabaseConfiguration(
      name: engine.databaseName(folder.file("test")), user: "migrate-admin")
    try copyFile(of: copied, to: configuration)
    return ProvidedDatabase(configuration: configuration, driver: engine.driver(configuration)) {
      withExtendedLifetime(folder) {}
    }
  }
}

/// The second engine as services use it.
struct SecondEngine: DatabaseEngine {
  let name = "second"
  let urlSchemes = ["second"]
  let location = EngineLocation.file(suffix: ".second.db")

  var dialect: Dialect { Self.renamed(.sqlite) }

  func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    SecondDriver(driver: SQLiteDriver.unrestricted(configuration: configuration))
  }

  /// The same capabilities, under a name that no code branches on.
  static func renamed(_ dialect: Dialect) -> Dialect {
    var renamed = dialect
    renamed.engineName = "Second"
    return renamed
  }
}

/// SQLite's driver, with the second engine's dialect.
private struct SecondDriver: DatabaseDriver {
  let driver: SQLiteDriver

  var dialect: Dialect { SecondEngine.renamed(driver.dialect) }
  var multiplexesReads: Bool { driver.multiplexesReads }

  func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    try await driver.connect(on: loop)
  }

  func inspectAccount(using runner: any StatementRunner) async throws(DatabaseError) -> AccountInspection {
    try await driver.inspectAccount(using: runner)
  }
}
