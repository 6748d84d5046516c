import DatabaseTestSupport
import TestSupport
import Testing

/// The rights in a Valkey 8, which has the rules of Redis 7 and commands of its own.
@Suite(
  .serialized, .enabled(if: RedisServer.hasValkey, "scripts/install.sh test fetches Valkey"),
  .ownServers(cache: "valkey"))
struct ValkeyProofTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test func `the server is a Valkey, and every cell of the cache matches the manifest`() async throws {
    let release = try await fleet.cacheAdministrator.command(["HELLO"]).elements?.compactMap(\.text) ?? []
    #expect(release.contains("valkey"))
    #expect(try await fleet.deviations().map(\.message) == [])
    let report = try await fleet.cacheProof()
    #expect(report.violations.map(\.description) == [])
    #expect(report.isClean)
    #expect(report.cacheCells >= 300)
  }

  @Test(arguments: Tampering.cache + Tampering.besideTheKeySpaces)
  func `a changed cache right is reported by verify and prove, and apply reverts it`(
    _ tampering: Tampering
  ) async throws {
    for statement in tampering.statements { try await fleet.asCacheAdministrator(statement) }
    #expect(try await fleet.cacheDeviations().contains { $0.account == tampering.deviation.account })
    if let violation = tampering.violation {
      let found = try await fleet.cacheProof().violations
      #expect(
        found.contains {
          $0.account == violation.account && $0.object == violation.object && $0.verb == violation.action
        },
        "\(found.map(\.description))")
    }
    _ = try await fleet.cacheAccess.apply()
    #expect(try await fleet.cacheDeviations().map(\.message) == [])
  }

  @Test(arguments: CacheChange.all)
  func `a change of the cache by hand is named, found by the proof, and mended`(_ change: CacheChange)
    async throws
  {
    try await change.expectNamedFoundAndMended(in: fleet)
  }
}
