import DataAccess
import MariaDBDriver
import Secrets
import TestSupport
import Transport

/// A disposable MariaDB or MySQL server in which tests may create databases.
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
  /// The public key of the server; MySQL has one.
  package let publicKeyFile: String?
  /// Stops, kills and restarts the server.
  package let control: ServerControl
  /// How the tests' accounts reach it: MySQL's need encryption.
  private let tls: TLSMode

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

  /// The MySQL that `make test-mysql` started for all tests. Tests must leave it running.
  package static func sharedMySQL() throws(SupportError) -> MariaDBServer {
    try MariaDBServer(environment: ServerEnvironment(fromVariable: "TEST_MYSQL_ENV"))
  }

  /// Whether the tests run on MySQL, which is too large to fetch for `make test`.
  package static let hasMySQL = (try? ServerEnvironment(fromVariable: "TEST_MYSQL_ENV")) != nil

  /// Makes the server that an environment file describes.
  package init(environment: ServerEnvironment) throws(SupportError) {
    let isMySQL = try environment.value("SERVER_KIND") == "mysql"
    let kind = isMySQL ? "MYSQL" : "MARIADB"
    host = try environment.value("\(kind)_HOST")
    port = try environment.port("\(kind)_PORT")
    superuser = PostgresServer.Account(
      name: try environment.value("\(kind)_SUPERUSER"),
      password: Secret(try environment.secret("\(kind)_PASSWORD_FILE")))
    owner = PostgresServer.Account(
      name: try environment.value("\(kind)_TEST_OWNER"),
      password: Secret(try environment.secret("\(kind)_TEST_PASSWORD_FILE")))
    certificateFile = try? environment.value("\(kind)_CA_FILE")
    publicKeyFile = try? environment.value("\(kind)_PUBLIC_KEY_FILE")
    tls = isMySQL ? .verifyFull(authorityFile: certificateFile) : .disable
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
      tls: tls)
  }

  /// Makes a driver for one of this server's accounts.
  package func driver(
    as account: PostgresServer.Account, database: String = MariaDBServer.commonDatabase
  ) -> MariaDBDriver {
    MariaDBDriver(configuration: configuration(as: account, database: database))
  }
}
