import AccessLint
import ArgumentParser
import Runtime

/// `bulkhead access lint`: checks the manifest against the rules, offline or with the facts of the live database.
struct AccessLintCommand: ReportingCommand, FormattedCommand {
  static let formats = ReportFormat.allCases

  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Name what the manifest grants and should not: exit code 0 where nothing is found, else 2.",
    discussion: """
      Reads the manifest and this release's schema, and no engine. With --live it also reads the sizes of tables, their \
      indexes, policies, functions and the server's connections. Switch a rule off where it is intended, with the \
      reason: allow: { RULE: reason } beside the columns and rows of a grant, in the block of an account, or at the top \
      of the manifest. docs/access.md lists the rules.
      """)

  @OptionGroup var output: FormatOptions

  @Flag(help: "Also check what only the live database shows.")
  var live = false

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let context = live ? try await context.overCatalog() : context
    let facts = live ? try await facts(from: context) : nil
    let path = context.settings.manifestPath
    let report = AccessLint(context.manifest, live: facts).report()
    let answer = AccessLintAnswer(report, path: path, live: live)
    switch output.chosen {
    case .text: for line in answer.lines { context.console.print(line) }
    case .json: try context.console.printJSON(answer)
    case .markdown, .sarif, .junit: try show(Report(report, path: path), on: context.console)
    }
    return answer.exitCode
  }

  private func facts(from context: ToolContext) async throws -> LiveAccessFacts {
    let database = try context.database()
    let administration = database.administration
    return try await database.withDatabase(waiting: true) { opened in
      let facts = try await administration.lintFacts(in: opened, schemas: context.manifest.schemas)
      guard let facts else { throw ToolError("--live has nothing to read on this database engine") }
      return facts
    }
  }
}
