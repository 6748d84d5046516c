import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate stamp V`.
struct MigrateStampCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "stamp",
    abstract: "Records versions as applied without running them, for a schema that came about in another way."
  )

  @Argument(help: "The newest version to record; those above are forgotten, if this program knows them.")
  var version: Int

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    try await context.database().withDatabase(creates: true, waiting: true) {
      try await MigrationEngine($0).stamp(version) { console.tell($0) }
    }
    console.say("the schema is recorded as version \(version)")
    return .success
  }
}
