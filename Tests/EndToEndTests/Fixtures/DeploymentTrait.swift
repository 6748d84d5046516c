import Testing

/// Prepares one deployment on servers of its own for a suite, and stops it after the suite.
struct DeploymentTrait: SuiteTrait, TestScoping {
  @TaskLocal static var deployment: Deployment?

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await Deployment.with(.servers, prepared: true) { deployment in
      try await Self.$deployment.withValue(deployment) { try await function() }
    }
  }
}

extension Trait where Self == DeploymentTrait {
  /// One deployment on PostgreSQL and Redis for all tests of the suite.
  static var preparedDeployment: Self { Self() }
}

extension Deployment {
  /// The deployment of the suite.
  static func shared() throws -> Deployment {
    guard let deployment = DeploymentTrait.deployment else { throw Program.Failure("no deployment runs") }
    return deployment
  }
}

/// The tests that share one prepared deployment. They take turns, and each leaves the rights as the manifest declares
/// them.
@Suite(.serialized, .preparedDeployment)
struct DeploymentTests {}
