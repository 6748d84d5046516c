import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate up`: applies versions.
struct MigrateUpCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Apply the versions that are missing.")

  @Option(help: "Stop at this version.")
  var to: Int?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    let steps = try await context.database().withDatabase(creates: true, waiting: true) {
      try await MigrationEngine($0).up(to: to) { console.show($0) }
    }
    console.print(steps.isEmpty ? "nothing to do" : "\(steps.count.counted("version")) applied")
    return .success
  }
}
