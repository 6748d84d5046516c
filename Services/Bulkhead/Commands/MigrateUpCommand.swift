import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate up`.
struct MigrateUpCommand: ToolCommand {
  static let configuration = CommandConfiguration(commandName: "up", abstract: "Applies what is missing.")

  @Option(help: "Stop at this version.")
  var to: Int?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    let steps = try await context.database().withDatabase(creates: true, waiting: true) {
      try await MigrationEngine($0).up(to: to) { console.tell($0) }
    }
    console.say(steps.isEmpty ? "nothing to do" : "\(steps.count) applied")
    return .success
  }
}
