import ArgumentParser
import Migrations

/// `bulkhead migrate ...`: changes the schema, version by version.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Change the schema from version to version, as the administrator.",
    subcommands: [
      MigrateUpCommand.self, MigrateDownCommand.self, MigrateStatusCommand.self, MigrateCheckCommand.self,
      MigrateSQLCommand.self, MigrateNewCommand.self, MigrateStampCommand.self,
    ])
}

extension Console {
  /// Prints one line for each event of a run of migrations.
  func show(_ progress: MigrationProgress) {
    switch progress {
    case .waitingForLock(let holder): self.progress("waiting for the migration lock, which \(holder) holds")
    case .ahead(let lead): self.progress("\(lead)")
    case .started(let step):
      self.progress("\(step.direction.rawValue) \(step.migration.version) \(step.migration.name) ...")
    case .finished(let step):
      self.progress("\(step.direction.rawValue) \(step.migration.version) \(step.migration.name) done")
    }
  }
}
