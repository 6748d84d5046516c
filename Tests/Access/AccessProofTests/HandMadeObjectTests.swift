import Testing

/// Many changes by hand of what is in the database and the server, each rolled back. The suite has servers of its own, because
/// a suite's tests take turns, and these are many.
@Suite(.serialized, .ownServersBesideOthers) struct HandMadeObjectTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test(arguments: HandMadeChange.ofObjects)
  func `a change of an object by hand is named, and mended where it is ours`(
    _ change: HandMadeChange
  ) async throws {
    try await change.expectNamedAndMended(in: fleet)
  }
}
