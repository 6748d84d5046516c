import Testing

/// Each change of the database's rights by hand appears in the comparison and in the proof, and is reverted. The suite has
/// servers of its own, because a suite's tests take turns, and these are many.
@Suite(.serialized, .ownServers) struct TamperingTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test(arguments: Tampering.widened)
  func `a widened right is reported by verify and prove, and apply reverts it`(
    _ tampering: Tampering
  ) async throws {
    try await tampering.expectReportedAndReverted(in: fleet)
  }

  @Test(arguments: Tampering.narrowed)
  func `a narrowed right is reported by verify and prove, and apply restores it`(
    _ tampering: Tampering
  ) async throws {
    try await tampering.expectReportedAndReverted(in: fleet)
  }

  @Test(arguments: Tampering.aboveTheAdministrator)
  func `a superuser's change is reported, kept by apply, and reverted by bootstrap`(
    _ tampering: Tampering
  ) async throws {
    try await tampering.expectReportedAndReverted(in: fleet)
  }

  @Test(arguments: Tampering.unlisted)
  func `a way around the grants is reported by verify, and removed`(_ tampering: Tampering) async throws {
    try await tampering.expectReportedAndReverted(in: fleet)
  }

  @Test(arguments: Tampering.withheld)
  func `a withheld function for everyone is reported by verify and prove, and bootstrap closes it`(
    _ tampering: Tampering
  ) async throws {
    try await tampering.expectReportedAndReverted(in: fleet)
  }

  @Test(arguments: Tampering.beside)
  func `a right beside the manifest's tables is reported by verify and by prove alone, and removed`(
    _ tampering: Tampering
  ) async throws {
    try await tampering.expectReportedAndReverted(in: fleet)
  }
}
