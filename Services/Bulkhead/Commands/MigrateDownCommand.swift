import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate down`: reverts versions.
struct MigrateDownCommand: ReportingCommand, EngineCommand {
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
    let full = losses.filter { $0.rowCount > 0 }
    if !full.isEmpty {
      try console.confirm("migrate down loses this data of the database \(name)", ofDatabase: name, yes: yes)
    }
    // The decision is about what was named. Rows that others add until the step runs are counted again there.
    let approval = yes ? LossApproval.all : .only(Set(full.map(\.data)))
    let steps = try await database.migrating(options) {
      try await $0.down(to: to, losing: approval) { console.show($0) }
    }
    try console.show(steps, "reverted", asJSON: output.json)
    return .success
  }
}
