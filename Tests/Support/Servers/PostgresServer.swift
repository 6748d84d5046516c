import DataAccess
import Secrets

/// A throwaway PostgreSQL that tests may create databases and roles in.
public struct PostgresServer: Sendable {
  /// Address on loopback.
  public let host: String
  /// Port on loopback.
  public let port: Int
  /// The engine's own superuser, for what only that may do: ending sessions, creating accounts with a password.
  public let superuser: Account
  /// The tests' own account: CREATEDB and CREATEROLE, no superuser.
  public let owner: Account
  /// The issuer to verify the server against, when it was started with `--tls`.
  public let certificateFile: String?
  /// How to stop, kill and restart it.
  public let control: ServerControl

  /// A role and its password.
  public struct Account: Sendable {
    /// The role.
    public let name: String
    /// Its password.
    public let password: Secret

    /// An account as tests create them.
    public init(name: String, password: Secret) {
      self.name = name
      self.password = password
    }
  }

  /// The server that `make test` started for all tests. Tests must leave it running.
  public static func shared() throws(SupportError) -> PostgresServer {
    try PostgresServer(environment: ServerEnvironment(fromVariable: "TEST_POSTGRES_ENV"))
  }

  /// The server that an environment file describes.
  public init(environment: ServerEnvironment) throws(SupportError) {
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
