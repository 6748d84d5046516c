import ArgumentParser
import Migrations
import Runtime

/// `bulkhead migrate stamp V`: records versions without running them.
struct MigrateStampCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "stamp",
    abstract: "Record versions as applied without running them, for a schema that was corrected by hand."
  )

  @Argument(
    help: "The newest version to record; records of later versions are removed, if this release has them.")
  var version: Int

  @OptionGroup var options: MigrationOptions

  @OptionGroup var output: OutputOptions

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    try await context.database().migrating(options, comparingNodes: true) {
      try await $0.stamp(version) { console.show($0) }
    }
    try console.showRecorded(version, asJSON: output.json)
    return .success
  }
}

/// `bulkhead migrate baseline V`: the same for a database that exists and has no record yet.
struct MigrateBaselineCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "baseline",
    abstract: "Record versions as applied for a database that has their tables and no record yet.")

  @Argument(help: "The version whose tables and columns the database has.")
  var version: Int

  @OptionGroup var options: MigrationOptions

  @OptionGroup var output: OutputOptions

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let console = context.console
    try await context.database().migrating(options, comparingNodes: true) {
      try await $0.baseline(version) { console.show($0) }
    }
    try console.showRecorded(version, asJSON: output.json)
    return .success
  }
}

private struct RecordedVersion: Encodable {
  let version: Int
}

extension Console {
  fileprivate func showRecorded(_ version: Int, asJSON: Bool) throws {
    if asJSON {
      try printJSON(RecordedVersion(version: version))
    } else {
      print("the schema is now recorded as version \(version)")
    }
  }
}
