import Secrets

/// A throwaway Redis or Valkey whose default user is off.
public struct RedisServer: Sendable {
  /// Address on loopback.
  public let host: String
  /// Port on loopback.
  public let port: Int
  /// The account that may do everything, ACL SETUSER included.
  public let administrator: String
  /// The administrator's password.
  public let password: Secret
  /// How to stop, kill and restart it.
  public let control: ServerControl

  /// The server that `make test` started for all tests. Tests must leave it running, and keep to accounts and keys
  /// of their own.
  public static func shared() throws(SupportError) -> RedisServer {
    try RedisServer(environment: ServerEnvironment(fromVariable: "TEST_REDIS_ENV"))
  }

  /// The server that an environment file describes.
  public init(environment: ServerEnvironment) throws(SupportError) {
    host = try environment.value("REDIS_HOST")
    port = try environment.port("REDIS_PORT")
    administrator = try environment.value("REDIS_ADMIN")
    password = Secret(try environment.secret("REDIS_ADMIN_PASSWORD_FILE"))
    control = ServerControl(folder: environment.folder)
  }
}
