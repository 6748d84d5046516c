import DataAccess
import Secrets
import TestSupport

/// A throwaway PostgreSQL that tests may create databases and roles in.
package struct PostgresServer: Sendable {
  /// Address on loopback.
  package let host: String
  /// Port on loopback.
  package let port: Int
  /// The engine's own superuser, for what only that may do: ending sessions, creating accounts with a password.
  package let superuser: Account
  /// The tests' own account: CREATEDB and CREATEROLE, no superuser.
  package let owner: Account
  /// The issuer to verify the server against, when it was started with `--tls`.
  package let certificateFile: String?
  /// How to stop, kill and restart it.
  package let control: ServerControl

  /// A role and its password.
  package struct Account: Sendable {
    /// The role.
    package let name: String
    /// Its password.
    package let password: Secret

    /// An account as tests create them.
    package init(name: String, password: Secret) {
      self.name = name
      self.password = password
    }
  }

  /// The server that `make test` started for all tests. Tests must leave it running.
  package static func shared() throws(SupportError) -> PostgresServer {
    try PostgresServer(environment: ServerEnvironment(fromVariable: "TEST_POSTGRES_ENV"))
  }

  /// The server that an environment file describes.
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
