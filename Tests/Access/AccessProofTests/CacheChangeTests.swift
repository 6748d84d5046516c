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
  func `a change of the cache by hand is named, and mended where it is ours`(_ change: CacheChange)
    async throws
  {
    for command in change.commands { try await execute(command) }
    let found = try await fleet.deviations()
    #expect(found.contains(where: change.names), "\(found)")
    #expect(try await fleet.access.plan().contains { !$0.value.isEmpty } == !found.isEmpty)
    _ = try await fleet.access.apply()
    if !change.cleanup.isEmpty { #expect(try await fleet.deviations().contains(where: change.names)) }
    for command in change.cleanup { try await execute(command) }
    #expect(try await fleet.deviations().map(\.message) == [])
  }

  @Test func `an administrator that may not list functions is a note that names the bootstrap`()
    async throws
  {
    try await execute("ACL SETUSER cache-admin -function|list")
    #expect(try await fleet.deviations().map(\.message) == [])
    #expect(try await fleet.notes().map(\.message).contains { $0.contains("run `bulkhead bootstrap`") })
    try await execute("ACL SETUSER cache-admin +function|list")
  }

  /// A no-break space stands for a space inside one argument.
  private func execute(_ command: String) async throws {
    guard command.hasPrefix("FUNCTION") else { return try await fleet.asCacheAdministrator(command) }
    let words = command.split(separator: " ").map { String($0).replacing("\u{A0}", with: " ") }
    _ = try await fleet.cacheAdministrator.command(words)
  }
}

extension CacheChange {
  fileprivate func names(_ deviation: Deviation) -> Bool {
    deviation.account == account && deviation.privilege == privilege
  }
}
