import AccessAdministration
import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access close`: ends a person's login before its time.
struct AccessCloseCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "close", abstract: "End a person's login and sessions, and remove everything of it.")

  @Argument(help: "The login that `access open` gave.")
  var person: String

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let person: String
    /// The login and the sessions have ended.
    let isClosed: Bool
    let remaining: [PlannedStep]
    let unmended: [Deviation]
    let notes: [String]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let database = try await context.overCatalog().database()
    let outcome = try await database.withDatabase(waiting: true) { administrator in
      try await database.personalAccess(in: administrator).close(person)
    }
    try show(outcome, on: context.console)
    return outcome.isComplete ? .success : .difference
  }

  private func show(_ outcome: AccessOutcome, on console: Console) throws {
    if output.json {
      return try console.printJSON(
        Answer(
          person: person, isClosed: true, remaining: outcome.remaining, unmended: outcome.unmended,
          notes: outcome.notes))
    }
    console.print(
      outcome.isComplete
        ? "\(person) is closed"
        : "\(person) is closed: the login and the sessions have ended. The role remains:")
    console.show(outcome)
  }
}
