import ArgumentParser
import Runtime

/// The operator's tool: everything that needs more rights than a service has, and nothing that a service does.
@main
struct Bulkhead: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bulkhead",
    abstract: "Runs, migrates and guards a fleet whose services each have an account of their own.",
    discussion: """
      Settings come from the environment: DB_TYPE, DB_HOST, DB_NAME, DB_USER and so on, each also as NAME_FILE. \
      Without any, everything happens on SQLite in this folder. It connects as the manifest's administrator.

      Exit codes: 0 done and in order, 1 error, 2 a difference or a violation was found, 64 wrong usage, \
      78 wrong configuration.
      """,
    version: ToolVersion.current,
    subcommands: [
      UpCommand.self, BootstrapCommand.self, MigrateCommand.self, AccessCommand.self, HealthCommand.self,
      PromoteCommand.self,
    ])
}
