/// How a connection behaves; every part has a sensible default.
package struct RedisOptions: Sendable, Hashable {
  /// What the server shows for this connection in `CLIENT LIST`; without spaces.
  package var connectionName: String
  /// How much is held at a time.
  package var limits: RedisLimits
  /// How long is waited for what.
  package var timeouts: RedisTimeouts

  /// The options; only the name has no default worth having.
  package init(
    connectionName: String, limits: RedisLimits = RedisLimits(), timeouts: RedisTimeouts = RedisTimeouts()
  ) {
    self.connectionName = connectionName
    self.limits = limits
    self.timeouts = timeouts
  }
}
