import ArgumentParser

/// `bulkhead migrate ...`: changes the schema, version by version.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Change the schema from version to version, as the administrator.",
    subcommands: [
      MigrateUpCommand.self, MigrateDownCommand.self, MigrateStatusCommand.self, MigrateCheckCommand.self,
      MigrateSQLCommand.self, MigrateNewCommand.self, MigrateLintCommand.self, MigrateStampCommand.self,
      MigrateBaselineCommand.self,
    ])
}
