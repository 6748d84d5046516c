import AccessManifest
import AccessPlanning
import DataAccess
import SQLiteDriver
import Schema

/// The rights stored in an SQLite file, which the driver enforces for each account.
package struct SQLiteGrants: GrantTarget {
  private let manifest: AccessManifest
  private let administrator: Database
  private let tables: [TableDefinition]
  private let focus: AccessFocus

  /// Reads and writes the rights in the file that `administrator` has open without restriction.
  package init(
    manifest: AccessManifest, administrator: Database, tables: [TableDefinition]? = nil,
    focus: AccessFocus = .everything
  ) {
    self.focus = focus
    self.manifest = manifest
    self.administrator = administrator
    self.tables = tables ?? manifest.tables
  }

  /// `SQLite`.
  package var name: String { administrator.dialect.engineName }

  /// Returns the steps that would make the file match the manifest.
  package func plan() async throws(AccessError) -> AccessPlan {
    try checkEnforceable()
    return try await reading { (runner) throws(DatabaseError) in try await comparison(in: runner).plan }
  }

  /// Returns every deviation from the manifest, by name.
  package func verify() async throws(AccessError) -> [Deviation] {
    try checkEnforceable()
    return try await reading { (runner) throws(DatabaseError) in
      let missing = try await missingTables(in: runner)
      return missing.map { .tableMissing($0) } + (try await comparison(in: runner).deviations)
    }
  }

  /// Makes the file match the manifest, in one transaction.
  package func apply() async throws(AccessError) -> AccessOutcome {
    try checkEnforceable()
    let missing = try await reading { (runner) throws(DatabaseError) in try await missingTables(in: runner) }
    guard missing.isEmpty else { throw .notMigrated(missing) }
    return try await reading { (runner) throws(DatabaseError) in
      let plan = try await comparison(in: runner).plan
      for step in plan.steps { try await runner.change(step.text, label: "store rights") }
      // What the file has now decides, and not that each statement ended without an error.
      let left = try await comparison(in: runner).relevant
      return AccessOutcome(done: plan.steps, unmended: left, leftOut: plan.leftOut)
    }
  }

  private func reading<Result>(
    _ body: (any StatementRunner) async throws(DatabaseError) -> Result
  ) async throws(AccessError) -> Result {
    do {
      return try await administrator.atomically { (transaction) throws(DatabaseError) in
        try await body(transaction)
      }
    } catch {
      throw .database(error)
    }
  }

  /// SQLite's authorizer does not receive the columns of an insert, so a manifest that limits them is rejected.
  private func checkEnforceable() throws(AccessError) {
    for account in manifest.databaseAccounts {
      do {
        try SQLiteRights(declaredFor: account).validate()
      } catch {
        throw .unsupported("the rights of \(account.name) on SQLite: \(error)")
      }
    }
  }

  private func missingTables(in runner: any StatementRunner) async throws(DatabaseError) -> [String] {
    let present = try await tableNames(in: runner)
    return tables.map(\.name).filter { !present.contains($0) }
  }

  private func tableNames(in runner: any StatementRunner) async throws(DatabaseError) -> Set<String> {
    let rows = try await runner.unsafeQuery(
      unsafeSQL: "SELECT name FROM sqlite_master WHERE type = 'table'", label: "list tables", isRead: true)
    var names: Set<String> = []
    for row in 0..<rows.rowCount { names.insert(try rows.text(row, 0)) }
    return names
  }

  private func comparison(in runner: any StatementRunner) async throws(DatabaseError) -> SQLiteComparison {
    var place = try await SQLiteRightsPlace.read(by: runner)
    let former = try await storedRows(in: runner, place)
    guard place.relations == ["TABLE"], place.faults.isEmpty, let former else {
      // Its columns may be others, and its rows say nothing.
      return SQLiteComparison(manifest: manifest, actual: nil, place: place, former: former, focus: focus)
    }
    for (account, rows) in former.sorted(by: { $0.key < $1.key }) where rows.count > 1 {
      place.faults.append("has several rows for \(account)")
    }
    return SQLiteComparison(
      manifest: manifest, actual: former.compactMapValues(\.last), place: place, former: former,
      focus: focus)
  }

  /// The rows by account, as the driver reads them; nil where they cannot be read as such.
  private func storedRows(
    in runner: any StatementRunner, _ place: SQLiteRightsPlace
  ) async throws(DatabaseError) -> [String: [String]]? {
    // A view has no row of its own.
    guard place.relations == ["TABLE"] else { return [:] }
    let columns = try await runner.unsafeQuery(
      unsafeSQL: SQLiteRights.columnsSQL, label: "read the table", isRead: true)
    guard try columns.integer(0, 0) == 2 else { return nil }
    let rows = try await runner.unsafeQuery(
      unsafeSQL: SQLiteRights.listSQL, label: "read rights", isRead: true)
    var stored: [String: [String]] = [:]
    for row in 0..<rows.rowCount {
      guard case .text(let account) = try rows.value(row, 0), case .text(let rights) = try rows.value(row, 1)
      else { return nil }
      stored[account, default: []].append(rights)
    }
    return stored
  }
}
