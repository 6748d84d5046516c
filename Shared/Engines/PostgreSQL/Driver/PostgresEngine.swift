import DataAccess
import Transport

/// PostgreSQL 14 and newer, over libpq.
package struct PostgresEngine: DatabaseEngine {
  /// The port of PostgreSQL.
  package static let defaultPort = 5432

  /// The engine has no settings of its own.
  package init() {}

  package var name: String { "postgresql" }

  package var urlSchemes: [String] { ["postgresql", "postgres"] }

  package var location: EngineLocation { .server(defaultPort: Self.defaultPort) }

  package var dialect: Dialect { .postgreSQL }

  package func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    PostgresDriver(configuration: configuration)
  }
}
