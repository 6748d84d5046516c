import AccessAdministration
import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead bootstrap`: the only command that runs as the engine's superuser.
struct BootstrapCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "bootstrap",
    abstract: "Create the database, its administrator and the cache's, as the engines' first accounts.",
    discussion: """
      Set DB_USER and DB_PASS to the database's superuser, or to the administrator that a provider gives (CREATEROLE and \
      CREATEDB), and CACHE_USER and CACHE_PASS to the cache's first user. \
      The administrators get the least privileges that they need, and random passwords in the credentials folder. A \
      second run does nothing.
      """)

  @Flag(
    help:
      "Replace passwords of the administrators that the credential folder has not; another fleet is shut out."
  )
  var replacePasswords = false

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    struct Engine: Encodable {
      let engine: String
      let done: [PlannedStep]
      let remaining: [PlannedStep]
      let remark: String?
    }

    let engines: [Engine]

    init(_ outcomes: [BootstrapOutcome]) {
      engines = outcomes.map {
        Engine(engine: $0.engine, done: $0.done, remaining: $0.remaining, remark: $0.remark)
      }
    }
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    if context.manifest.isLive {
      throw ToolError(
        "bootstrap prepares a database of the fleet's own; with 'schema: live' a DBA runs the steps that "
          + "`access plan` marks")
    }
    let fleet = try await context.fleet()
    var (site, cacheSite) = (fleet.database.site, fleet.cacheSite)
    (site.replacesPasswords, cacheSite.replacesPasswords) = (replacePasswords, replacePasswords)
    var outcomes = [try await fleet.database.administration.bootstrap(site)]
    if !output.json { show(outcomes[0], on: context.console) }
    outcomes.append(try await fleet.cacheAdministration.bootstrap(cacheSite))
    if !output.json { show(outcomes[1], on: context.console) }
    // Last, because the cache's bootstrap may adopt the password that its administrator came with.
    let administrators = context.manifest.administrators
    _ = try context.credentials.createMissing(
      for: [administrators.databaseAccount, administrators.cacheAccount])
    if output.json { try context.console.printJSON(Answer(outcomes)) }
    return .success
  }

  private func show(_ outcome: BootstrapOutcome, on console: Console) {
    let done = outcome.done
    let remark = outcome.remark ?? (done.isEmpty ? "nothing to do" : "\(done.count.counted("step")) applied")
    console.print("\(outcome.engine): \(remark)")
    for step in done { console.print("  \(console.out(.good, "+")) \(step.text)") }
    for step in outcome.remaining {
      console.print("  \(console.out(.caution, "!")) \(step.line) -- needs the engine's superuser")
    }
  }
}
