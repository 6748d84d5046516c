import AccessAdministration
import ArgumentParser
import Runtime

/// `bulkhead bootstrap`: the one command that runs as the engine's superuser, once.
struct BootstrapCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "bootstrap",
    abstract: "As the engine's superuser: creates the database, its administrator and the cache's.",
    discussion: """
      DB_USER and DB_PASS are the superuser's here, CACHE_USER and CACHE_PASS those of the cache's first user. The \
      administrators get no more than they need, and random passwords in the credentials folder. A second run does \
      nothing.
      """)

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let fleet = try context.fleet()
    show(try await fleet.database.administration.bootstrap(fleet.database.site), on: context.console)
    show(try await fleet.cacheAdministration.bootstrap(fleet.cacheSite), on: context.console)
    return .success
  }

  private func show(_ outcome: BootstrapOutcome, on console: Console) {
    let done = outcome.done
    let remark = outcome.remark ?? (done.isEmpty ? "nothing to do" : "\(done.count) done")
    console.say("\(outcome.engine): \(remark)")
    for step in done { console.say("  \(console.out(.good, "+")) \(step.text)") }
  }
}
