import AccessAdministration
import ArgumentParser
import Runtime

/// `bulkhead access close`: ends a person's login before its time.
struct AccessCloseCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "close", abstract: "End a person's login and sessions, and remove everything of it.")

  @Argument(help: "The login that `access open` gave.")
  var person: String

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let person: String
    let isClosed: Bool
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    let database = try await context.overCatalog().database()
    try await database.withDatabase(waiting: true) { administrator in
      guard let access = database.administration.personalAccess(in: administrator, of: database.site) else {
        throw ToolError("this database engine has no logins")
      }
      try await access.close(person)
    }
    if output.json {
      try context.console.printJSON(Answer(person: person, isClosed: true))
    } else {
      context.console.print("\(person) is closed")
    }
    context.logger.notice("access closed", metadata: ["person": "\(person)"])
    return .success
  }
}
