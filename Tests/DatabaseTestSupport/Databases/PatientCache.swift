import RedisDriver
import TestSupport

extension RedisTimeouts {
  /// The times of a connection in a test that is not about time limits: on a loaded machine a connection and a command may
  /// take a minute each. The pauses between two attempts are short.
  package static var patient: RedisTimeouts {
    RedisTimeouts(
      connectMilliseconds: Patience.milliseconds, commandMilliseconds: Patience.milliseconds,
      stallMilliseconds: Patience.milliseconds, firstBackoffMilliseconds: 10, maximumBackoffMilliseconds: 100)
  }
}

extension RedisOptions {
  /// The options of a connection in a test that is not about time limits.
  package static func patient(_ connectionName: String) -> RedisOptions {
    RedisOptions(connectionName: connectionName, timeouts: .patient)
  }
}
