import Secrets
import TestSupport

/// A throwaway Redis or Valkey whose default user is off.
package struct RedisServer: Sendable {
  /// Address on loopback.
  package let host: String
  /// Port on loopback.
  package let port: Int
  /// The account that may do everything, ACL SETUSER included.
  package let administrator: String
  /// The administrator's password.
  package let password: Secret
  /// How to stop, kill and restart it.
  package let control: ServerControl

  /// The server that `make test` started for all tests. Tests must leave it running, and keep to accounts and keys
  /// of their own.
  package static func shared() throws(SupportError) -> RedisServer {
    try RedisServer(environment: ServerEnvironment(fromVariable: "TEST_REDIS_ENV"))
  }

  /// The server that an environment file describes.
  package init(environment: ServerEnvironment) throws(SupportError) {
    host = try environment.value("REDIS_HOST")
    port = try environment.port("REDIS_PORT")
    administrator = try environment.value("REDIS_ADMIN")
    password = Secret(try environment.secret("REDIS_ADMIN_PASSWORD_FILE"))
    control = ServerControl(folder: environment.folder)
  }
}
