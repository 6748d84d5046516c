import Schema

/// The schema's version and compatibility, from the record of migrations.
package enum SchemaState: Sendable, Hashable {
  /// No migration has been applied.
  case empty
  /// The newest applied version, and the oldest program version that is compatible with every applied migration.
  case applied(version: Int, oldestProgram: Int)
  /// The record comes from an older tool that did not store which programs are compatible.
  case undeclared(version: Int)
}

extension Database {
  /// Reads the record of migrations, which has one row for each version.
  ///
  /// A record without the column for compatible programs is no failure: a second read takes the version alone. Any other
  /// reason for a failed read is thrown, such as a table that is missing or a pooler that lost a prepared statement.
  package func schemaState() async throws(DatabaseError) -> SchemaState {
    do {
      let rows = try await all(SchemaMigrations.select(\.version, \.oldestProgram)) { version, oldest in
        (version: version, oldestProgram: oldest ?? version)
      }
      guard let version = rows.map(\.version).max(), let oldest = rows.map(\.oldestProgram).max() else {
        return .empty
      }
      return .applied(version: version, oldestProgram: oldest)
    } catch  where error.nativeCode == dialect.undefinedColumnCode {
      return try await schemaVersion().map { .undeclared(version: $0) } ?? .empty
    }
  }
}
