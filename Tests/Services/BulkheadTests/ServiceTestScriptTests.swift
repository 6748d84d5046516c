import Foundation
import Processes
import TestSupport
import Testing

/// `scripts/service-test.sh` in the copy of an earlier run, without a build.
@Suite struct ServiceTestScriptTests {
  /// A run from a step on, in the folder `copy` beside it, whose manifest has these services.
  private func run(from step: Int, services: String) throws -> (outcome: ProcessOutcome, files: [String]) {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    let copy = URL(fileURLWithPath: folder.path).appendingPathComponent("copy")
    for (path, text) in [(".git/new-service", ""), ("deploy/fleet.yaml", "services:\n\(services)")] {
      let file = copy.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    let outcome = try ChildProcess.run(
      "/bin/bash", [Checkout.path("scripts/service-test.sh")],
      environment: ["PATH": "/usr/bin:/bin", "COPY": "copy", "FROM": String(step)], folder: folder.path)
    return (outcome, try FileManager.default.subpathsOfDirectory(atPath: folder.path))
  }

  @Test(arguments: [3, 8])
  func `a step that needs the service is refused in a copy that has none any more`(_ step: Int) throws {
    let outcome = try run(from: step, services: "  connector:\n").outcome
    #expect(outcome.ending == .exit(1))
    let reason = "/copy does not have it: step 2 did not write it, or step 8 has taken it back"
    #expect(outcome.errors.contains("new-service: error: FROM=\(step) needs the service, and /"))
    #expect(outcome.errors.contains(reason), "\(outcome.errors)")
  }

  /// The copy has no tool, so that the step fails after its beginning.
  @Test func `a copy by a relative path is the folder that was named, and its sources are said to be older`()
    throws
  {
    let (outcome, files) = try run(from: 8, services: "  billing:\n")
    #expect(outcome.ending == .exit(1))
    #expect(outcome.errors.contains("FROM=8: the sources are those of the earlier run"))
    #expect(outcome.errors.contains("the commands under 'Take it back' failed"), "\(outcome.errors)")
    #expect(files.allSatisfy { !$0.hasSuffix(".commands") && !$0.hasSuffix(".output") }, "\(files)")
  }
}
