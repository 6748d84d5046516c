import AccessManifest
import AccessPlanning
import Foundation
import Migrations
import Runtime

/// The steps before any service starts: keys, credentials, tables, rights.
struct FleetPreparation: Sendable {
  let context: FleetContext
  let fleet: FleetManifest
  let keys: FleetKeys
  let stop: StopRequest

  func run(reset: Bool, replacingPasswords: Bool) async throws {
    let console = context.console
    if !replacingPasswords { try await refuseOtherPasswords() }
    try keys.prepare(for: fleet)
    let created = try context.tool.credentials.createMissing(for: context.manifest.credentialNames)
    if !created.isEmpty { console.progress("created \(created.count.counted("credential"))") }
    if reset { try await empty() }
    try await migrate()
    try await apply()
  }

  /// A folder without the passwords of running programs, most often because the tool runs in another one, must not take
  /// the accounts from them. New files would make it look like the wish for new passwords, so this comes before those.
  private func refuseOtherPasswords() async throws {
    for target in context.engines.access.targets {
      let open = try await target.openAccounts()
      guard !open.others.isEmpty else { continue }
      throw open.refusal(in: target.name, than: context.tool.credentials, unless: "bulkhead up")
    }
  }

  private func migrate() async throws {
    let console = context.console
    try await changeSchema { engine in
      let done = try await engine.up { console.show($0) }
      if done.isEmpty { console.progress("the schema is at its newest version") }
    }
  }

  private func apply() async throws {
    let console = context.console
    // As `access apply`: on the schema of a newer release, a fleet of that release may run beside this one.
    for outcome in await context.engines.apply(sparingNewer: true, replacingPasswords: true) {
      let value = try outcome.value.get()
      let count = value.done.count
      console.progress(
        "\(outcome.target): \(count == 0 ? "rights match the manifest" : "\(count.counted("step")) applied")")
      for step in value.remaining {
        throw ToolError(
          "\(outcome.target): this step needs the superuser, run bulkhead bootstrap: \(step.text)")
      }
    }
  }

  /// Reverts every migration. Where the database is a file, deletes the file instead, if it is ours alone.
  private func empty() async throws {
    context.console.progress("emptying the database \(context.database.site.configuration.name)")
    let (administration, site) = (context.database.administration, context.database.site)
    if try administration.removeDatabase(site.configuration) { return }
    try await changeSchema { _ = try await $0.down(to: 0, losing: .all) }
  }

  /// Runs migrations. A request to stop cancels the running statement in the server.
  private func changeSchema(_ body: (MigrationEngine) async throws -> Void) async throws {
    try await stop.migrating { run in
      try await context.database.withDatabase(creates: true, waiting: true) { database in
        try await context.database.administration.refusePart(
          ofClusterOf: database, in: context.database.site)
        try await body(MigrationEngine(database, cancellation: run.beginRun()))
      }
    }
  }
}
