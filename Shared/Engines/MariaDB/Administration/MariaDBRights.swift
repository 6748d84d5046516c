import AccessManifest
import AccessPlanning

/// The manifest's rights as SQL, generated offline by the planner of `apply`.
struct MariaDBRights {
  let manifest: AccessManifest
  let database: String

  init(_ manifest: AccessManifest, database: String) {
    self.manifest = manifest
    self.database = database
  }

  /// The statements that make a freshly migrated database match the manifest. A comment marks each place where a
  /// password is set.
  var sql: String {
    let declared = MariaDBState(declaredBy: manifest, database: database, catalog: .script)
    let administrator = MariaDBGrantee(user: manifest.administrators.databaseAccount)
    var fresh = MariaDBState(database: database, catalog: .script)
    fresh.tables = declared.tables
    fresh.accounts = declared.accounts.filter { $0.key == administrator }
    fresh.privileges = declared.privileges.filter { $0.grantee == administrator }
    let comparison = MariaDBComparison(declared: declared, actual: fresh, manifest: manifest, former: [])
    let planner = MariaDBPlanner(comparison: comparison, focus: .everything, dropsRetired: false)
    var lines = ["-- The rights of the access manifest in MariaDB or MySQL. Run as \(administrator.user)."]
    for step in planner.steps {
      switch step.action {
      case .statement(let sql), .statementEndingHolders(let sql, _, _, _): lines.append("\(sql);")
      case .statements(let all): lines += all.map { "\($0);" }
      case .statementsEndingSessions(let first, _, let last): lines += (first + last).map { "\($0);" }
      case .setCredential: lines.append("-- \(step.text);")
      }
    }
    return (lines + [""]).joined(separator: "\n")
  }
}
