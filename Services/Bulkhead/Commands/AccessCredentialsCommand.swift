import AccessPlanning
import ArgumentParser
import Runtime

/// `bulkhead access credentials`: creates a password file for every account that has none.
struct AccessCredentialsCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "credentials",
    abstract:
      "Create a random password file (mode 0600) for every account that has none, and list the new ones.")

  @OptionGroup var output: OutputOptions

  private struct Answer: Encodable {
    let directory: String
    let created: [String]
  }

  func work(on context: ToolContext) async throws -> Runtime.ExitCode {
    try context.environment.check()
    let created = try context.credentials.createMissing(for: context.manifest.credentialNames)
    let directory = context.credentials.directory
    if output.json {
      try context.console.printJSON(Answer(directory: directory, created: created))
    } else if created.isEmpty {
      context.console.print("every account has a password file in \(directory)")
    } else {
      for account in created { context.console.print("created \(directory)/\(account)") }
    }
    return .success
  }
}
