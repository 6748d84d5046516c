import DataAccess
import Transport

/// MariaDB 10.6 and newer, over libmariadb.
package struct MariaDBEngine: DatabaseEngine {
  /// The port of the MySQL family.
  package static let defaultPort = 3306

  /// Makes the engine; it has no settings.
  package init() {}

  package var name: String { "mysql" }

  package var urlSchemes: [String] { ["mysql", "mariadb"] }

  package var location: EngineLocation { .server(defaultPort: Self.defaultPort) }

  package var dialect: Dialect { .mariaDB }

  package var pinsServerKeys: Bool { true }

  package func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    MariaDBDriver(configuration: configuration)
  }
}
