import ArgumentParser
import DataAccess
import Migrations
import Runtime

/// `bulkhead migrate lint`: checks the migrations of this release against the rules, offline.
struct MigrateLintCommand: OfflineCommand, AnsweringCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract:
      "Name blocking, destructive and breaking steps with the way around: exit code 0 where none is, else 2.",
    discussion: """
      Reads the steps up of the versions that this tool was built with, and needs no settings, no manifest and no \
      server. Switch a rule off on its change with the reason: \
      .dropColumn("note", table: "users").allowing(.dropColumn, because: "..."). docs/migrations.md lists the rules.
      """)

  @OptionGroup var output: OutputOptions

  func work(in environment: ToolEnvironment, console: Console) throws -> Runtime.ExitCode {
    let engines = Administrations.databases.map { $0.engine.dialect.definitions.engine }
    let report = LintAnswer(try MigrationLint(engines: engines).report())
    if output.json {
      try console.printJSON(report)
    } else {
      for line in report.lines { console.print(line) }
    }
    return report.exitCode
  }
}
