import DatabaseTestSupport
import TestSupport
import Testing

/// Starts a PostgreSQL and a Redis for one suite, sets the fleet up on them, and stops both after the suite.
struct OwnServers: SuiteTrait, TestScoping {
  @TaskLocal static var fleet: ServerFleet?

  /// The argument of `servers.sh start` for the cache.
  var cache = "redis"
  /// Whether another application uses the servers too, which the fleet's manifest lists.
  var isBesideOthers = false

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await ServerControl.withServer("postgresql") { postgres in
      try await ServerControl.withServer(cache) { redis in
        let fleet = try await ServerFleet(
          postgres: PostgresServer(environment: postgres), redis: RedisServer(environment: redis),
          scope: isBesideOthers ? SecondApplication.listed : nil)
        if isBesideOthers { try await SecondApplication(fleet: fleet).create() }
        try await fleet.setUp()
        try await Self.$fleet.withValue(fleet, operation: function)
        await fleet.close()
      }
    }
  }
}

extension Trait where Self == OwnServers {
  static var ownServers: Self { Self() }

  /// The same with another application on them.
  static var ownServersBesideOthers: Self { Self(isBesideOthers: true) }

  /// The same with another kind of cache server.
  static func ownServers(cache: String) -> Self { Self(cache: cache) }
}
