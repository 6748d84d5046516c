import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate check`: whether anything is left to do before programs of this release may start.
///
/// A schema that is ahead and can be lived with is exit code 0, done and in order, and not 2: it asks for nothing,
/// services start on it and `migrate up` succeeds, so that who rolls a release back may ask before and after. The
/// words tell it from a schema that is this release's own.
struct MigrateCheckCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Exit code 0 where the schema is this release's, or a newer one that it can live with; else 2.")

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let status = try await context.database().withDatabase(creates: true, waiting: true) {
      try await MigrationEngine($0).status()
    }
    guard !status.isInOrder else {
      context.console.say(
        status.lead.map { "\($0)" } ?? "the schema is at version \(status.current), as it should be")
      return .success
    }
    context.console.say(
      "the schema is at version \(status.current), this program wants \(status.newest)"
        + (status.objection.map { ": \($0)" } ?? ""))
    return .difference
  }
}
