import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate stamp V`: records versions without running them.
struct MigrateStampCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "stamp",
    abstract: "Record versions as applied without running them, for a schema that was created in another way."
  )

  @Argument(
    help: "The newest version to record; records of later versions are removed, if this release has them.")
  var version: Int

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    try await context.database().withDatabase(creates: true, waiting: true) {
      try await MigrationEngine($0).stamp(version) { console.show($0) }
    }
    console.print("the schema is now recorded as version \(version)")
    return .success
  }
}
