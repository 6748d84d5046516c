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

  /// The library reads its option files only for a client that requests that, and this driver does not. `MYSQL_HOST` is one of
  /// the command `mysql`; newer libraries read the last two.
  package var libraryVariables: [String] {
    [
      "MYSQL_TCP_PORT", "MYSQL_UNIX_PORT", "MARIADB_UNIX_PORT", "MYSQL_PWD", "LIBMYSQL_PLUGINS",
      "LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN", "MARIADB_TLS_DISABLE_PEER_VERIFICATION",
    ]
  }

  package func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    MariaDBDriver(configuration: configuration)
  }
}
