import DataAccess
import Secrets
import TestSupport

/// A disposable PostgreSQL server in which tests may create databases and roles.
package struct PostgresServer: Sendable {
  /// Address on loopback.
  package let host: String
  /// Port on loopback.
  package let port: Int
  /// The engine's superuser, for operations that only it may run, such as ending sessions.
  package let superuser: Account
  /// The tests' account, with CREATEDB and CREATEROLE but not SUPERUSER.
  package let owner: Account
  /// The certificate authority of the server, when it was started with `--tls`.
  package let certificateFile: String?
  /// Stops, kills and restarts the server.
  package let control: ServerControl

  /// A role and its password.
  package struct Account: Sendable {
    /// The role's name.
    package let name: String
    /// Its password.
    package let password: Secret

    /// Makes an account.
    package init(name: String, password: Secret) {
      self.name = name
      self.password = password
    }
  }

  /// The server that `make test` started for all tests. Tests must leave it running.
  package static func shared() throws(SupportError) -> PostgresServer {
    try PostgresServer(environment: ServerEnvironment(fromVariable: "TEST_POSTGRES_ENV"))
  }

  /// The PgBouncer in front of ``shared()`` that gives each client a session.
  package static func sharedSessionPooler() throws(SupportError) -> PostgresServer {
    try PostgresServer(environment: ServerEnvironment(fromVariable: "TEST_SESSION_POOLER_ENV"))
  }

  /// The PgBouncer in front of ``shared()`` that gives each transaction a session.
  package static func sharedTransactionPooler() throws(SupportError) -> PostgresServer {
    try PostgresServer(environment: ServerEnvironment(fromVariable: "TEST_TRANSACTION_POOLER_ENV"))
  }

  /// Makes the server that an environment file describes.
  package init(environment: ServerEnvironment) throws(SupportError) {
    host = try environment.value("POSTGRES_HOST")
    port = try environment.port("POSTGRES_PORT")
    superuser = Account(
      name: try environment.value("POSTGRES_SUPERUSER"),
      password: Secret(try environment.secret("POSTGRES_PASSWORD_FILE")))
    owner = Account(
      name: try environment.value("POSTGRES_TEST_OWNER"),
      password: Secret(try environment.secret("POSTGRES_TEST_PASSWORD_FILE")))
    certificateFile = try? environment.value("POSTGRES_CA_FILE")
    control = ServerControl(folder: environment.folder)
  }
}
