import AccessPlanning
import Foundation
import Migrations
import Runtime

/// The steps before any service starts: keys, credentials, tables, rights.
struct FleetPreparation: Sendable {
  let context: FleetContext
  let keys: FleetKeys

  func run(reset: Bool) async throws {
    let console = context.console
    try keys.prepare()
    let created = try context.tool.credentials.createMissing(for: context.manifest.credentialNames)
    if !created.isEmpty { console.progress("created \(created.count.counted("credential"))") }
    if reset { try await empty() }
    try await migrate()
    try await apply()
  }

  private func migrate() async throws {
    let console = context.console
    try await context.database.withDatabase(creates: true, waiting: true) { database in
      let done = try await MigrationEngine(database).up { console.show($0) }
      if done.isEmpty { console.progress("the schema is at its newest version") }
    }
  }

  private func apply() async throws {
    let console = context.console
    let outcomes = try await context.access.apply()
    for outcome in outcomes {
      let count = outcome.value.done.count
      console.progress(
        "\(outcome.target): \(count == 0 ? "rights match the manifest" : "\(count.counted("step")) applied")")
      for step in outcome.value.remaining {
        throw ToolError(
          "\(outcome.target): this step needs the superuser, run bulkhead bootstrap: \(step.text)")
      }
    }
  }

  /// Reverts every migration. Where the database is a file, deletes the file instead.
  private func empty() async throws {
    context.console.progress("emptying the database \(context.database.site.configuration.name)")
    let (administration, site) = (context.database.administration, context.database.site)
    if try administration.removeDatabase(site.configuration) { return }
    try await context.database.withDatabase(creates: true, waiting: true) { database in
      _ = try await MigrationEngine(database).down(to: 0)
    }
  }
}
