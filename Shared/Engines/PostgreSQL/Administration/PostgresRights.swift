import AccessManifest
import AccessPlanning
import Schema

/// The manifest's rights as SQL, made offline. The planner of every apply makes this text too, so that the two cannot
/// differ.
package struct PostgresRights: Sendable {
  private let manifest: AccessManifest

  /// The rights of `manifest`.
  package init(_ manifest: AccessManifest) {
    self.manifest = manifest
  }

  /// The statements that bring a freshly migrated PostgreSQL database to the manifest.
  ///
  /// Passwords are the only thing that is missing; a comment stands where each is set.
  package func sql(database: String, tables: [TableDefinition] = Schema.tables) -> String {
    let declared = PostgresState(declaredBy: manifest, database: database, tables: tables)
    let fresh = PostgresState(freshlyMigrated: declared)
    var lines = [
      "-- The rights of the access manifest in PostgreSQL, to be run by \(manifest.administrators.databaseAccount).",
      "BEGIN;", "SET LOCAL createrole_self_grant = '';",
    ]
    for step in PostgresPlanner(declared: declared, actual: fresh).plan.steps {
      switch step.action {
      case .statement(let sql): lines.append("\(sql);")
      case .setCredential: lines.append("-- \(step.text);")
      }
    }
    return (lines + ["COMMIT;", ""]).joined(separator: "\n")
  }
}
