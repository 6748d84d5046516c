import AccessPlanning
import Cache
import DatabaseTestSupport
import TestSupport
import Testing

/// Many changes of the cache by hand on one server; the plan, or the change's own commands, revert each.
@Suite(.serialized, .ownServers) struct CacheChangeTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test(arguments: CacheChange.all)
  func `a change of the cache by hand is named, found by the proof, and mended`(_ change: CacheChange)
    async throws
  {
    try await change.expectNamedFoundAndMended(in: fleet)
  }

  @Test func `an administrator that may not list functions is a note that names the bootstrap`()
    async throws
  {
    try await fleet.asCacheAdministrator("ACL SETUSER cache-admin -function|list")
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.notes().map(\.message).contains { $0.contains("run `bulkhead bootstrap`") })
    try await fleet.asCacheAdministrator("ACL SETUSER cache-admin +function|list")
  }
}

extension CacheChange {
  /// Makes the change, and expects that `verify` names it, that the proof finds it where a command can use it, and that
  /// the plan, or the change's own commands, revert it.
  func expectNamedFoundAndMended(in fleet: ServerFleet) async throws {
    for command in commands { try await execute(command, in: fleet) }
    let found = try await fleet.deviations()
    #expect(found.contains(where: names), "\(found)")
    #expect(try await fleet.access.plan().contains { !$0.value.isEmpty } == !found.isEmpty)
    let violations = try await fleet.cacheProof().violations.map(\.description)
    #expect(violations.isEmpty == isUnseen, "\(violations)")
    _ = try await fleet.access.apply()
    if !cleanup.isEmpty { #expect(try await fleet.deviations().contains(where: names)) }
    for command in cleanup { try await execute(command, in: fleet) }
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  /// A no-break space stands for a space inside one argument.
  private func execute(_ command: String, in fleet: ServerFleet) async throws {
    guard command.hasPrefix("FUNCTION") else { return try await fleet.asCacheAdministrator(command) }
    let words = command.split(separator: " ").map { String($0).replacing("\u{A0}", with: " ") }
    _ = try await fleet.cacheAdministrator.command(words)
  }

  private func names(_ deviation: Deviation) -> Bool {
    deviation.account == account && deviation.privilege == privilege
  }
}
