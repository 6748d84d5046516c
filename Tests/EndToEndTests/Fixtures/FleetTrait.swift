import Testing

/// Starts a fleet on every engine before the tests of a suite, and stops the fleets after them.
struct FleetTrait: SuiteTrait, TestScoping {
  @TaskLocal static var fleets: [Engine: FleetUnderTest] = [:]

  let engines: [Engine]

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    var fleets: [Engine: FleetUnderTest] = [:]
    do {
      for engine in engines { fleets[engine] = try await FleetUnderTest.start(engine) }
      try await Self.$fleets.withValue(fleets) { try await function() }
    } catch {
      for fleet in fleets.values { await fleet.stop() }
      throw error
    }
    for fleet in fleets.values { await fleet.stop() }
  }

  static func fleet(_ engine: Engine) throws -> FleetUnderTest {
    guard let fleet = fleets[engine] else { throw Program.Failure("no fleet runs on \(engine)") }
    return fleet
  }
}

extension Trait where Self == FleetTrait {
  /// Runs a fleet on each of these engines during the suite.
  static func fleets(on engines: Engine...) -> FleetTrait { FleetTrait(engines: engines) }
}

/// The tests that share one fleet on each engine, and that need it undisturbed by others.
@Suite(.fleets(on: .embedded, .servers, .mariadb))
struct FleetTests {}
