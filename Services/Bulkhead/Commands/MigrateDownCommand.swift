import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate down`: reverts versions.
struct MigrateDownCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Revert versions, the newest first; the data in their tables is lost.")

  @Option(help: "The version to keep; without it, one version is reverted.")
  var to: Int?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    let steps = try await context.database().withDatabase(creates: true, waiting: true) {
      try await MigrationEngine($0).down(to: to) { console.show($0) }
    }
    console.print(steps.isEmpty ? "nothing to do" : "\(steps.count.counted("version")) reverted")
    return .success
  }
}
