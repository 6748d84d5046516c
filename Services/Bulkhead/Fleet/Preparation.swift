import Foundation
import Grants
import Migrations
import Runtime

/// What has to be in order before any service starts: keys, credentials, tables, rights.
struct Preparation: Sendable {
  let workbench: Workbench
  let keys: FleetKeys

  func run(reset: Bool) async throws {
    let console = workbench.console
    try keys.prepare()
    let created = try workbench.credentials.createMissing(for: workbench.manifest.credentialNames)
    if !created.isEmpty { console.progress("made \(created.count) credentials") }
    if reset { try await empty() }
    try await migrate()
    try await apply()
  }

  private func migrate() async throws {
    let console = workbench.console
    try await workbench.withDatabase(waiting: true) { database in
      let done = try await MigrationEngine(database).up { console.tell($0) }
      if done.isEmpty { console.progress("the schema is as it should be") }
    }
  }

  private func apply() async throws {
    let console = workbench.console
    let outcomes = try await workbench.withAccess { try await $0.apply() }
    for outcome in outcomes {
      let count = outcome.value.done.count
      console.progress(
        "\(outcome.target): \(count == 0 ? "rights are as declared" : "\(count) rights applied")")
      for step in outcome.value.left {
        throw ToolError(
          "\(outcome.target): only its superuser can do this, by bulkhead bootstrap: \(step.text)")
      }
    }
  }

  /// Takes the schema down to nothing; on SQLite the file goes, with all that a broken one might hold.
  private func empty() async throws {
    workbench.console.progress("emptying the database")
    if workbench.environment.database.engine == .sqlite {
      for suffix in ["", "-wal", "-shm"] {
        let path = workbench.databaseFile + suffix
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
      }
      return
    }
    try await workbench.withDatabase(waiting: true) { database in
      _ = try await MigrationEngine(database).down(to: 0)
    }
  }
}
