import Runtime

struct Proof: Sendable {
  let workbench: Workbench
  func run(json: Bool, htmlPath: String?) async throws -> Runtime.ExitCode { .success }
}
