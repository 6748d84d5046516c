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

  func work(on workbench: Workbench) async throws -> Runtime.ExitCode {
    let statements = try MigrationEngine.sql(
      dialect: workbench.administratorDriver.dialect, from: from, to: to)
    for statement in statements { workbench.console.say("\(statement);") }
    return .success
  }
}
