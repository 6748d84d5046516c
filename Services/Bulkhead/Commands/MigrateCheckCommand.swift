import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate check`.
struct MigrateCheckCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Exit code 0 where the schema is exactly this program's, else 2.")

  func work(on workbench: Workbench) async throws -> Runtime.ExitCode {
    let status = try await workbench.withDatabase(waiting: true) { try await MigrationEngine($0).status() }
    guard !status.isCurrent else {
      workbench.console.say("the schema is at version \(status.current), as it should be")
      return .success
    }
    workbench.console.say(
      "the schema is at version \(status.current), this program wants \(status.newest)"
        + (status.problem.map { ": \($0)" } ?? ""))
    return .difference
  }
}
