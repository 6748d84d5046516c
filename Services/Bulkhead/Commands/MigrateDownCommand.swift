import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate down`.
struct MigrateDownCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Takes versions back, the newest first; what their tables hold is lost.")

  @Option(help: "The version that stays; without it one version is taken back.")
  var to: Int?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    let steps = try await context.database().withDatabase(creates: true, waiting: true) {
      try await MigrationEngine($0).down(to: to) { console.tell($0) }
    }
    console.say(steps.isEmpty ? "nothing to do" : "\(steps.count) taken back")
    return .success
  }
}
