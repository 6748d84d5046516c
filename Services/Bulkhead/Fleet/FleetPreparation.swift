import AccessPlanning
import Foundation
import Migrations
import Runtime

/// What has to be in order before any service starts: keys, credentials, tables, rights.
struct FleetPreparation: Sendable {
  let context: FleetContext
  let keys: FleetKeys

  func run(reset: Bool) async throws {
    let console = context.console
    try keys.prepare()
    let created = try context.tool.credentials.createMissing(for: context.manifest.credentialNames)
    if !created.isEmpty { console.progress("made \(created.count) credentials") }
    if reset { try await empty() }
    try await migrate()
    try await apply()
  }

  private func migrate() async throws {
    let console = context.console
    try await context.database.withDatabase(creates: true, waiting: true) { database in
      let done = try await MigrationEngine(database).up { console.tell($0) }
      if done.isEmpty { console.progress("the schema is as it should be") }
    }
  }

  private func apply() async throws {
    let console = context.console
    let outcomes = try await context.withAccess { try await $0.apply() }
    for outcome in outcomes {
      let count = outcome.value.done.count
      console.progress(
        "\(outcome.target): \(count == 0 ? "rights are as declared" : "\(count) rights applied")")
      for step in outcome.value.remaining {
        throw ToolError(
          "\(outcome.target): only its superuser can do this, by bulkhead bootstrap: \(step.text)")
      }
    }
  }

  /// Takes the schema down to nothing; where the database is a file, the file goes.
  private func empty() async throws {
    context.console.progress("emptying the database")
    let (administration, site) = (context.database.administration, context.database.site)
    if try administration.removeDatabase(site.configuration) { return }
    try await context.database.withDatabase(creates: true, waiting: true) { database in
      _ = try await MigrationEngine(database).down(to: 0)
    }
  }
}
