import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate up`: applies versions.
struct MigrateUpCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "up", abstract: "Apply the versions that are missing.")

  @Option(help: "Stop at this version.")
  var to: Int?

  @Flag(help: "Print the statements and change nothing.")
  var dryRun = false

  @OptionGroup var options: MigrationOptions

  @OptionGroup var output: OutputOptions

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    if dryRun {
      let database = try context.database()
      try console.show(
        try await pending(in: database), in: database.administration.engine.dialect, asJSON: output.json)
      return .success
    }
    let steps = try await context.database().migrating(options, creates: true) {
      try await $0.up(to: to) { console.show($0) }
    }
    try console.show(steps, "applied", asJSON: output.json)
    return .success
  }

  private func pending(in database: DatabaseContext) async throws -> [StepScript] {
    if database.absence != nil {
      return try MigrationEngine.scriptsOfNewDatabase(
        dialect: database.administration.engine.dialect, target: .up(to: to))
    }
    return try await database.migrating(options) { try await $0.scripts(.up(to: to)) }
  }
}
