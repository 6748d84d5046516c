import Foundation
import TestSupport
import Testing

/// `bulkhead up --once` that a signal stops: what was not proven is no success.
@Suite(.serialized) struct StoppedUpOnceTests {
  /// A text of each phase on one of the streams.
  static let phases = ["starting 6 processes", "Smoke story", "Proof of isolation"]

  @Test(arguments: StoppedUpOnceTests.phases, [SIGTERM, SIGINT])
  func `up --once that is stopped before the end of its proof fails, says so at once, and stops the fleet`(
    _ phase: String, _ signal: Int32
  ) async throws {
    try await Deployment.with(.embedded) { deployment in
      let firstPort = try FreePorts.consecutive(8)
      let up = try Started(
        Program.named("bulkhead"), ["up", "--once", "--first-port", "\(firstPort)"],
        environment: deployment.environment, in: deployment.folder)
      try await eventually("\(phase): \(up.err)") { (up.out + up.err).contains(phase) }
      up.send(signal)
      #expect(try await up.ends())
      #expect(up.status == 1, "\(up.out)\(up.err)")
      #expect(up.err.contains("stopping on request; a second signal stops everything at once"), "\(up.err)")
      #expect(up.err.contains("error: stopped before the proof had ended"), "\(up.err)")
      #expect(!up.out.contains("violations"), "\(up.out)")
      let health = try await deployment.bulkhead(["health", "--first-port", "\(firstPort)"])
      #expect(
        health.status == 2 && !health.out.contains("ready    "), "a member still answers: \(health.out)")
      #expect(health.out.contains("Connection refused"), "\(health.out)")
    }
  }

  @Test func `a second signal ends up --once, and its fleet with it`() async throws {
    try await Deployment.with(.embedded) { deployment in
      let firstPort = try FreePorts.consecutive(8)
      let up = try Started(
        Program.named("bulkhead"), ["up", "--once", "--first-port", "\(firstPort)"],
        environment: deployment.environment, in: deployment.folder)
      try await eventually("the members start: \(up.err)") { up.err.contains("backend-api is ready") }
      up.send(SIGTERM)
      try await eventually("the first signal: \(up.err)") { up.err.contains("stopping on request") }
      up.send(SIGTERM)
      #expect(try await up.ends())
      #expect(up.status == 1, "\(up.out)\(up.err)")
      try await eventually("no member answers") {
        try await deployment.bulkhead(["health", "--first-port", "\(firstPort)"]).out.contains("ready    ")
          == false
      }
    }
  }
}
