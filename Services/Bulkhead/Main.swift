import ArgumentParser
import Runtime
import Service

/// The operator's tool: the work that needs more rights than a service's account has.
@main
struct Bulkhead: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bulkhead",
    abstract: "Run, migrate and guard a fleet in which each service has an account of its own.",
    discussion: """
      Settings come from the environment: DB_TYPE, DB_HOST, DB_NAME, DB_USER and so on, each also as NAME_FILE. \
      Without settings, the tool uses SQLite in the current directory. It connects as the manifest's administrator.

      Exit codes: 0 done and in order, 1 error, 2 difference or violation found, 64 wrong usage, \
      78 wrong configuration; 128 and its number where a signal has stopped a command other than migrate and up.
      """,
    version: ServiceVersion.current,
    subcommands: [
      UpCommand.self, BootstrapCommand.self, MigrateCommand.self, AccessCommand.self, HealthCommand.self,
      ConsoleCommand.self, PromoteCommand.self, RenderCommand.self, ServiceCommand.self,
    ])

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var work = command as? any AsyncParsableCommand {
        try await work.run()
      } else {
        try command.run()
      }
      Console.end()
      Runtime.ExitCode.success.exit()
    } catch {
      Console.end()
      // A command that has begun may have left threads at work.
      if let code = error as? ArgumentParser.ExitCode { Runtime.ExitCode(rawValue: code.rawValue)?.exit() }
      if exitCode(for: error) == .validationFailure { reportUsage(error) }
      exit(withError: error)
    }
  }

  /// Ends the tool with exit code 64. The text quotes the caller's words, and `--json` has a document in every case.
  private static func reportUsage(_ error: any Error) -> Never {
    let console = Console()
    console.printUsage(fullMessage(for: error))
    if CommandLine.arguments.dropFirst().prefix(while: { $0 != "--" }).contains("--json") {
      try? console.printJSON(ToolFailure(usage: message(for: error)))
    }
    Console.end()
    exit(withError: ArgumentParser.ExitCode.validationFailure)
  }
}
