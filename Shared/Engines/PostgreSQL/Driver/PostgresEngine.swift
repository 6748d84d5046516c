import DataAccess
import Transport

/// PostgreSQL 14 and newer, over libpq.
package struct PostgresEngine: DatabaseEngine {
  /// PostgreSQL's port.
  package static let defaultPort = 5432

  /// Makes the engine; it has no settings.
  package init() {}

  package var name: String { "postgresql" }

  package var urlSchemes: [String] { ["postgresql", "postgres"] }

  package var location: EngineLocation { .server(defaultPort: Self.defaultPort) }

  package var dialect: Dialect { .postgreSQL }

  package var libraryVariables: [String] { LibraryVariables.names }

  package func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    PostgresDriver(configuration: configuration)
  }
}
