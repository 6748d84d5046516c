import ArgumentParser
import DataAccess
import Migrations
import Runtime

/// `bulkhead migrate sql`.
struct MigrateSQLCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql", abstract: "Prints the statements from one version to another, without any database.")

  @Option(help: "The version to begin at.")
  var from = 0

  @Option(help: "The version to end at; the newest where it is not given.")
  var to: Int?

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let statements = try MigrationEngine.sql(
      dialect: context.environment.databaseEngine().dialect, from: from, to: to)
    for statement in statements { context.console.say("\(statement);") }
    return .success
  }
}
