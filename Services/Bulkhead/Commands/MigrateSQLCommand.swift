import ArgumentParser
import DataAccess
import Migrations
import Runtime

/// `bulkhead migrate sql`: prints migrations as SQL, offline.
struct MigrateSQLCommand: OfflineCommand, AnsweringCommand {
  static let configuration = CommandConfiguration(
    commandName: "sql", abstract: "Print the statements from one version to another, without any database.")

  @Option(help: "The version to start from.")
  var from = 0

  @Option(help: "The version to end at; the newest by default.")
  var to: Int?

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let engine: String
    let statements: [String]
  }

  func work(in environment: ToolEnvironment, console: Console) throws -> Runtime.ExitCode {
    let engine = try environment.databaseIdentity().engine
    let statements = try MigrationEngine.sql(dialect: engine.dialect, from: from, to: to)
    if output.json {
      try console.printJSON(Answer(engine: engine.name, statements: statements))
    } else {
      for statement in statements { console.printDocument("\(statement);") }
    }
    return .success
  }
}
