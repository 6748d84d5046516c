import AccessLint
import ArgumentParser
import Runtime

/// `bulkhead access lint`: checks the manifest against the rules, offline or with the facts of the live database.
struct AccessLintCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Name what the manifest grants and should not: exit code 0 where nothing is found, else 2.",
    discussion: """
      Reads the manifest and this release's schema, and no engine. With --live it also reads the sizes of tables, their \
      indexes, policies, functions and the server's connections. Switch a rule off where it is intended, with the \
      reason: allow: { RULE: reason } beside the columns and rows of a grant, in the block of an account, or at the top \
      of the manifest. docs/access.md lists the rules.
      """)

  @OptionGroup var output: OutputOptions

  @Flag(help: "Also check what only the live database shows.")
  var live = false

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let facts = live ? try await facts(from: context) : nil
    if !live { try context.environment.check() }
    let report = AccessLintAnswer(
      AccessLint(context.manifest, live: facts).report(), path: context.settings.manifestPath, live: live)
    if output.json {
      try context.console.printJSON(report)
    } else {
      for line in report.lines { context.console.print(line) }
    }
    return report.exitCode
  }

  private func facts(from context: ToolContext) async throws -> LiveAccessFacts {
    let database = try context.database()
    let administration = database.administration
    return try await database.withDatabase(waiting: true) { opened in
      try await administration.lintFacts(in: opened)
    }
  }
}
