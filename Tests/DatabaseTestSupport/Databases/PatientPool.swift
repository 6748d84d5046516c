import DataAccess

extension PoolConfiguration {
  /// A pool for a test that is not about time limits: on a loaded machine a connection, its place in the queue and a
  /// statement may take a minute each.
  package static func patient(_ size: Int) -> PoolConfiguration {
    PoolConfiguration(
      size: size, acquireTimeoutMilliseconds: 60_000, statementTimeoutMilliseconds: 60_000,
      connectTimeoutMilliseconds: 60_000)
  }
}
