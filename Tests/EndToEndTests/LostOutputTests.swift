import Foundation
import Testing

/// Results that cannot be written.
@Suite struct LostOutputTests {
  /// The device reports a full disk for each write.
  private func run(_ command: String) async throws -> Program.Output {
    try await Program.run(
      URL(fileURLWithPath: "/bin/bash"), ["-c", "\"$0\" \(command)", Program.named("bulkhead").path],
      environment: ["ACCESS_MANIFEST": Program.checkout.appendingPathComponent("deploy/access.yaml").path],
      in: FileManager.default.temporaryDirectory)
  }

  @Test(arguments: [
    "migrate sql", "access render sql", "access explain connector-rw webhooks --json", "access lint",
  ])
  func `a result that a full disk cuts is an error`(_ command: String) async throws {
    let output = try await run("\(command) >/dev/full")
    #expect(output.status == 1)
    #expect(output.err.contains("the output is not complete"), "\(output.err)")
    #expect(output.err.contains("No space left on device"), "\(output.err)")
  }

  @Test func `so is the answer of a service`() async throws {
    let output = try await Program.run(
      URL(fileURLWithPath: "/bin/bash"),
      ["-c", "\"$0\" --version >/dev/full", Program.named("connector").path],
      environment: [:], in: FileManager.default.temporaryDirectory)
    #expect(output.status == 1)
    #expect(output.err.contains("the output is not complete"), "\(output.err)")
  }

  @Test func `a reader that has read enough is no error`() async throws {
    let output = try await run("migrate sql | head -1 >/dev/null; exit ${PIPESTATUS[0]}")
    // 141: the shell's number for a program that the closed pipe ended.
    #expect([0, 141].contains(output.status) && output.err.isEmpty, "\(output.err)")
  }
}
