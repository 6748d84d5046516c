import Secrets
import TestSupport

/// A disposable Redis or Valkey server whose default user is off.
package struct RedisServer: Sendable {
  /// Address on loopback.
  package let host: String
  /// Port on loopback.
  package let port: Int
  /// The account with all rights, including ACL SETUSER.
  package let administrator: String
  /// The administrator's password.
  package let password: Secret
  /// The file of its users.
  package let usersFile: String
  /// Stops, kills and restarts the server.
  package let control: ServerControl

  /// The server that `make test` started for all tests. Tests must leave it running, and use only their own accounts
  /// and keys.
  package static func shared() throws(SupportError) -> RedisServer {
    try RedisServer(environment: ServerEnvironment(fromVariable: "TEST_REDIS_ENV"))
  }

  /// The Valkey that `make test` started beside it.
  package static func sharedValkey() throws(SupportError) -> RedisServer {
    try RedisServer(environment: ServerEnvironment(fromVariable: "TEST_VALKEY_ENV"))
  }

  /// Whether there is a Valkey, which Debian 12 has in its backports only.
  package static let hasValkey = (try? ServerEnvironment(fromVariable: "TEST_VALKEY_ENV")) != nil

  /// Makes the server that an environment file describes.
  package init(environment: ServerEnvironment) throws(SupportError) {
    host = try environment.value("REDIS_HOST")
    port = try environment.port("REDIS_PORT")
    administrator = try environment.value("REDIS_ADMIN")
    password = Secret(try environment.secret("REDIS_ADMIN_PASSWORD_FILE"))
    usersFile = try environment.value("SERVER_HOME") + "/users.acl"
    control = ServerControl(folder: environment.folder)
  }
}
