import Testing

/// The changes of ``TamperingTests`` to the cache's rights, on servers of their own, so that both suites run at once.
@Suite(.serialized, .ownServers) struct CacheTamperingTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test(arguments: Tampering.cache + Tampering.besideTheKeySpaces)
  func `a changed cache right is reported by verify and prove, and apply reverts it`(
    _ tampering: Tampering
  ) async throws {
    try await tampering.expectReportedAndReverted(in: fleet)
  }
}
