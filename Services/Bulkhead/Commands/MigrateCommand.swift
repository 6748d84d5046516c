import ArgumentParser
import Migrations

/// `bulkhead migrate ...`: the schema, version by version.
struct MigrateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "Brings the schema from version to version, under migrate-admin.",
    subcommands: [
      MigrateUpCommand.self, MigrateDownCommand.self, MigrateStatusCommand.self, MigrateCheckCommand.self,
      MigrateSQLCommand.self, MigrateBeginCommand.self, MigrateStampCommand.self,
    ])
}

extension Console {
  /// One line for each thing that a run of migrations tells.
  func tell(_ progress: MigrationProgress) {
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
