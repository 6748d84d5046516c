import DataAccess
import Schema

/// Records without steps, for a database whose schema was made in another way.
extension MigrationEngine {
  /// Records the versions up to this one as applied, and none above, without running anything. It fails when a newer
  /// program has recorded a version. It forgets a half-done step.
  package func stamp(_ version: Int, report: @escaping Report = { _ in }) async throws(MigrationError) {
    try await exclusively(report) { sessions throws(MigrationError) in
      try await record(version, in: sessions.work)
    }
  }

  /// Records the versions up to this one in a database that has their tables and no record yet.
  ///
  /// It fails when a version is recorded, and when a table or a column of the version is missing. It compares names
  /// only; `bulkhead migrate check` compares the rest.
  package func baseline(_ version: Int, report: @escaping Report = { _ in }) async throws(MigrationError) {
    try await exclusively(report) { sessions throws(MigrationError) in
      if let newest = try await applied(sessions.work).last { throw .recorded(version: newest.version) }
      let missing = try await missingObjects(of: version, sessions.work)
      guard missing.isEmpty else { throw .missing(version: version, objects: missing) }
      try await record(version, in: sessions.work)
    }
  }

  private func record(_ version: Int, in session: Session) async throws(MigrationError) {
    try requireKnown(version)
    if let unknown = try await applied(session).first(where: { $0.version > known.count }) {
      throw .plan(.unknownApplied(version: unknown.version, name: unknown.name))
    }
    let stamped = known.prefix(version)
    try await retrying { () throws(DatabaseError) in
      try await session.transaction { transaction throws(DatabaseError) in
        try await transaction.run(SchemaMigrations.delete().everyRow())
        for migration in stamped { try await MigrationRecord.add(migration, transaction) }
        try await UnfinishedStep.remove(transaction)
      }
    }
  }

  private func requireKnown(_ version: Int) throws(MigrationError) {
    guard (0...known.count).contains(version) else {
      throw .plan(.unknownTarget(version: version, newest: known.count))
    }
  }

  private func missingObjects(
    of version: Int, _ runner: some StatementRunner
  ) async throws(MigrationError) -> [String] {
    try requireKnown(version)
    let history: SchemaHistory
    do {
      history = try SchemaHistory(after: known.prefix(version))
    } catch {
      throw .plan(.contradiction(version: version, error))
    }
    var missing: [String] = []
    for table in history.tables {
      missing += try await retrying { () throws(DatabaseError) in try await missingObjects(of: table, runner)
      }
    }
    return missing
  }

  private func missingObjects(
    of table: TableDefinition, _ runner: some StatementRunner
  ) async throws(DatabaseError) -> [String] {
    guard try await runner.hasTable(table.name) else { return ["table \(table.name)"] }
    var missing: [String] = []
    for column in table.columns {
      if try await !runner.hasColumn(column.name, of: table.name) {
        missing.append("column \(table.name).\(column.name)")
      }
    }
    return missing
  }
}
