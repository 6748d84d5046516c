import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate check`: whether programs of this release can start on the schema as it is.
///
/// A newer schema that this release supports ends with exit code 0: services start on it, and `migrate up` succeeds.
/// An operator who rolls a release back can thus run the check before and after. The output distinguishes a newer
/// schema from this release's own.
struct MigrateCheckCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check the schema: exit code 0 where this release supports it, else 2.")

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let database = try context.database()
    if let absence = database.absence {
      context.console.print(absence)
      return .difference
    }
    let status = try await database.withDatabase(waiting: true) {
      try await MigrationEngine($0).status()
    }
    guard !status.isInOrder else {
      context.console.print(
        status.lead.map { "\($0)" }
          ?? "the schema is at version \(status.current), which this release expects")
      return .success
    }
    context.console.print(
      "the schema is at version \(status.current), this release expects \(status.newest)"
        + (status.objection.map { ": \($0)" } ?? ""))
    return .difference
  }
}
