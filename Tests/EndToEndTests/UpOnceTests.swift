import Testing

/// `bulkhead up --once`: the main job from start to end.
@Suite(.serialized) struct UpOnceTests {
  @Test(arguments: Engine.allCases)
  func `up --once runs the story and the proof, and stops its processes`(_ engine: Engine) async throws {
    try await Deployment.with(engine) { deployment in
      let firstPort = try FreePorts.consecutive(8)
      let output = try await deployment.bulkhead(["up", "--once", "--first-port", "\(firstPort)"])
      #expect(output.status == 0, "\(output.out)\n\(output.err)")
      #expect(output.out.contains("0 violations"))
      for step in ["gets the next token", "the connector delivers it", "removes the member's integration"] {
        #expect(output.out.contains(step))
      }
      #expect(!output.out.contains("\u{1B}["), "colour without a terminal")
      let health = try await deployment.bulkhead(["health", "--first-port", "\(firstPort)"])
      #expect(health.status == 2, "a member still answers: \(health.out)")
    }
  }
}
