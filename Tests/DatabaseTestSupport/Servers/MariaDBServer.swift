import DataAccess
import MariaDBDriver
import Secrets
import TestSupport

/// A disposable MariaDB server in which tests may create databases.
package struct MariaDBServer: Sendable {
  /// Address on loopback.
  package let host: String
  /// Port on loopback.
  package let port: Int
  /// The account with all rights, for operations that only it may run.
  package let superuser: PostgresServer.Account
  /// The tests' account, which may create accounts and databases whose names begin with `test_`.
  package let owner: PostgresServer.Account
  /// The certificate authority of the server, when it was started with `--tls`.
  package let certificateFile: String?
  /// Stops, kills and restarts the server.
  package let control: ServerControl

  /// The server that `make test` started for all tests. Tests must leave it running.
  package static func shared() throws(SupportError) -> MariaDBServer {
    try MariaDBServer(environment: ServerEnvironment(fromVariable: "TEST_MARIADB_ENV"))
  }

  /// The nodes of the cluster that `make test` started for all tests. Tests must leave them running.
  package static func sharedCluster() throws(SupportError) -> [MariaDBServer] {
    var nodes: [MariaDBServer] = []
    for number in 1...3 {
      nodes.append(
        try MariaDBServer(environment: ServerEnvironment(fromVariable: "TEST_GALERA_ENV_\(number)")))
    }
    return nodes
  }

  /// Makes the server that an environment file describes.
  package init(environment: ServerEnvironment) throws(SupportError) {
    host = try environment.value("MARIADB_HOST")
    port = try environment.port("MARIADB_PORT")
    superuser = PostgresServer.Account(
      name: try environment.value("MARIADB_SUPERUSER"),
      password: Secret(try environment.secret("MARIADB_PASSWORD_FILE")))
    owner = PostgresServer.Account(
      name: try environment.value("MARIADB_TEST_OWNER"),
      password: Secret(try environment.secret("MARIADB_TEST_PASSWORD_FILE")))
    certificateFile = try? environment.value("MARIADB_CA_FILE")
    control = ServerControl(folder: environment.folder)
  }

  /// The database that every account can see.
  package static let commonDatabase = "information_schema"

  /// The configuration with which one of this server's accounts reaches a database.
  package func configuration(
    as account: PostgresServer.Account, database: String = MariaDBServer.commonDatabase
  ) -> DatabaseConfiguration {
    DatabaseConfiguration(
      hosts: [.init(host: host, port: port)], name: database, user: account.name, password: account.password,
      tls: .disable)
  }

  /// Makes a driver for one of this server's accounts.
  package func driver(
    as account: PostgresServer.Account, database: String = MariaDBServer.commonDatabase
  ) -> MariaDBDriver {
    MariaDBDriver(configuration: configuration(as: account, database: database))
  }
}
