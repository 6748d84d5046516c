import Foundation

/// A whole fleet in a folder of its own, started with `bulkhead up`.
final class FleetUnderTest: Sendable {
  let deployment: Deployment
  let firstPort: Int
  let up: Started

  var folder: URL { deployment.folder }

  /// Short intervals; subscribers of webhooks run on this machine; one user of a test makes as many changes as many users.
  static let settings = [
    "ROLLUP_INTERVAL": "1", "USER_CHANGES": "1000000", "WEBHOOK_ALLOWED_HOSTS": "127.0.0.1",
    "WEBHOOK_TIMEOUT": "2",
  ]

  private init(_ deployment: Deployment) throws {
    self.deployment = deployment
    firstPort = try FreePorts.consecutive(8)
    up = try Started(
      Program.named("bulkhead"), ["up", "--first-port", "\(firstPort)"],
      environment: deployment.environment.merging(Self.settings) { $1 }, in: deployment.folder)
  }

  static func start(_ engine: Engine, durable: Bool = false) async throws -> FleetUnderTest {
    let deployment = try await Deployment.start(engine, durable: durable)
    let fleet: FleetUnderTest
    do {
      fleet = try FleetUnderTest(deployment)
    } catch {
      await deployment.stop()
      throw error
    }
    do {
      try await fleet.waitUntilReady()
    } catch {
      await fleet.stop()
      throw error
    }
    return fleet
  }

  /// Starts a fleet, runs `body`, and stops the fleet, even when `body` throws.
  static func with(
    _ engine: Engine, durable: Bool = false, _ body: (FleetUnderTest) async throws -> Void
  ) async throws {
    let fleet = try await start(engine, durable: durable)
    do {
      try await body(fleet)
    } catch {
      await fleet.stop()
      throw error
    }
    await fleet.stop()
  }

  func stop() async {
    up.interrupt()
    if (try? await up.ends()) != true { up.kill() }
    await deployment.stop()
  }

  /// Runs the operator's tool against this fleet, as migrate-admin.
  func bulkhead(_ arguments: String...) async throws -> Program.Output {
    try await deployment.bulkhead(arguments)
  }

  /// The lines of level error in a member's log; empty without a log.
  func errors(of member: String) -> String {
    let log = folder.appendingPathComponent(".bulkhead/logs/\(member).log")
    let lines = (try? String(contentsOf: log, encoding: .utf8))?.split(separator: "\n") ?? []
    return lines.filter { $0.contains("\"level\":\"error\"") }.joined(separator: "\n")
  }

  private func waitUntilReady() async throws {
    let deadline = Date().addingTimeInterval(300)
    while !up.out.contains("The fleet is ready") {
      guard up.isRunning, Date() < deadline else {
        throw Program.Failure("the fleet did not start:\n\(up.out)\n\(up.err)")
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
