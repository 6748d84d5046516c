import ArgumentParser
import DataAccess
import Migrations
import Runtime

/// `bulkhead migrate check`: whether programs of this release can start on the schema, and whether the live schema is
/// that of the recorded version.
///
/// A newer schema that this release supports ends with exit code 0: services start on it, and `migrate up` succeeds.
/// An operator who rolls a release back can thus run the check before and after. The output distinguishes a newer
/// schema from this release's own.
struct MigrateCheckCommand: ReportingCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Compare the live schema with this release: exit code 0 where both agree, else 2.",
    discussion: """
      Reads the tables, columns, keys, checks, indexes and triggers that the database really has, changes nothing, and \
      names each difference from the recorded version, on each node of a cluster. Row policies belong to `bulkhead access verify`.
      """)

  @OptionGroup var output: OutputOptions

  @Flag(help: "Also list additional indexes, and the tables that belong to other programs.")
  var verbose = false

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let database = try context.database()
    if let absence = database.absence {
      return try report(SchemaReport(absence: absence), on: context.console)
    }
    let check = try await database.withDatabase(waiting: true) { opened in
      do {
        return try await database.administration.schemaCheck(of: opened, in: database.site)
      } catch let error as DatabaseError {
        throw ToolError("the live schema cannot be read: \(MigrationError.database(error))")
      }
    }
    return try report(SchemaReport(check), on: context.console)
  }

  private func report(_ report: SchemaReport, on console: Console) throws -> Runtime.ExitCode {
    if output.json {
      try console.printJSON(report)
    } else {
      for line in report.lines(verbose: verbose) { console.print(line) }
    }
    return report.inOrder ? .success : .difference
  }
}
