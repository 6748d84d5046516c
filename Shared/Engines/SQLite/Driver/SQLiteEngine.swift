import DataAccess
import Transport

/// SQLite 3.35 and newer, in-process.
package struct SQLiteEngine: DatabaseEngine {
  /// Makes the engine; it has no settings.
  package init() {}

  package var name: String { "sqlite" }

  package var urlSchemes: [String] { ["sqlite"] }

  package var location: EngineLocation { .file(suffix: SQLiteDriver.fileSuffix) }

  package var dialect: Dialect { .sqlite }

  /// The account's name selects the rights that the driver enforces.
  package func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    SQLiteDriver(configuration: configuration)
  }
}
