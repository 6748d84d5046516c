import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate down`: reverts versions.
struct MigrateDownCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "down", abstract: "Revert versions, the newest first; the data in their tables is lost.")

  @Option(help: "The version to keep; without it, one version is reverted.")
  var to: Int?

  @Flag(help: "Print the statements and change nothing.")
  var dryRun = false

  @Flag(help: "Drop tables and columns that have data, without a question.")
  var yes = false

  @OptionGroup var options: MigrationOptions

  @OptionGroup var output: OutputOptions

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    let database = try context.database()
    if dryRun {
      let scripts = try await database.migrating(options) { try await $0.scripts(.down(to: to)) }
      try console.show(scripts, in: database.administration.engine.dialect, asJSON: output.json)
      return .success
    }
    let name = try context.environment.databaseIdentity().name
    let losses = try await database.withDatabase(waiting: true) {
      try await MigrationEngine($0).losses(to: to)
    }
    for loss in losses { console.progress("\(loss)") }
    if losses.contains(where: { $0.rowCount > 0 }) {
      try console.confirm("migrate down loses this data of the database \(name)", ofDatabase: name, yes: yes)
    }
    let steps = try await database.migrating(options) { try await $0.down(to: to) { console.show($0) } }
    try console.show(steps, "reverted", asJSON: output.json)
    return .success
  }
}
