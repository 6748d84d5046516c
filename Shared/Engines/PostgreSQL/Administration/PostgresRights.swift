import AccessManifest
import AccessPlanning
import Schema

/// The manifest's rights as SQL, generated offline. The planner of `apply` generates this text, so the two cannot
/// differ.
package struct PostgresRights: Sendable {
  private let manifest: AccessManifest

  /// Makes the rights of `manifest`.
  package init(_ manifest: AccessManifest) {
    self.manifest = manifest
  }

  /// Returns the statements that make a freshly migrated PostgreSQL database match the manifest.
  ///
  /// The text omits only the passwords; a comment marks each place where one is set.
  package func sql(database: String, tables: [TableDefinition]? = nil) -> String {
    let declared = PostgresState(declaredBy: manifest, database: database, tables: tables)
    let fresh = PostgresState(freshlyMigrated: declared)
    var lines = [
      "-- The rights of the access manifest in PostgreSQL. Run as \(manifest.administrators.databaseAccount).",
      "BEGIN;", "SET LOCAL createrole_self_grant = '';",
    ]
    for step in PostgresPlanner(declared: declared, actual: fresh).plan.steps {
      switch step.action {
      case .statement(let sql): lines.append("\(sql);")
      case .statements(let all): lines += all.map { "\($0);" }
      case .statementsEndingSessions, .statementEndingHolders, .setCredential:
        lines.append("-- \(step.text);")
      }
    }
    return (lines + ["COMMIT;", ""]).joined(separator: "\n")
  }
}
