/// The options of a connection; all but the name have defaults.
package struct RedisOptions: Sendable, Hashable {
  /// The connection's name in `CLIENT LIST`; without spaces.
  package var connectionName: String
  /// The limits of size and number.
  package var limits: RedisLimits
  /// The time limits.
  package var timeouts: RedisTimeouts

  /// Makes options; only the name has no default.
  package init(
    connectionName: String, limits: RedisLimits = RedisLimits(), timeouts: RedisTimeouts = RedisTimeouts()
  ) {
    self.connectionName = connectionName
    self.limits = limits
    self.timeouts = timeouts
  }
}
