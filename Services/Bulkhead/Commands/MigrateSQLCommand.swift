import ArgumentParser
import DataAccess
import Migrations
import Runtime

/// `bulkhead migrate sql`: prints migrations as SQL, offline.
struct MigrateSQLCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql", abstract: "Print the statements from one version to another, without any database.")

  @Option(help: "The version to start from.")
  var from = 0

  @Option(help: "The version to end at; the newest by default.")
  var to: Int?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let statements = try MigrationEngine.sql(
      dialect: context.environment.databaseIdentity().engine.dialect, from: from, to: to)
    for statement in statements { context.console.print("\(statement);") }
    return .success
  }
}
