/// How a connection behaves; every part has a sensible default.
public struct RedisOptions: Sendable, Hashable {
  /// What the server shows for this connection in `CLIENT LIST`; without spaces.
  public var connectionName: String
  /// How much is held at a time.
  public var limits: RedisLimits
  /// How long is waited for what.
  public var timeouts: RedisTimeouts

  /// The options; only the name has no default worth having.
  public init(
    connectionName: String, limits: RedisLimits = RedisLimits(), timeouts: RedisTimeouts = RedisTimeouts()
  ) {
    self.connectionName = connectionName
    self.limits = limits
    self.timeouts = timeouts
  }
}
