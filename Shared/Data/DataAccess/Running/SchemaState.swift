import Schema

/// What the record of migrations says of the schema: how far it is, and how old a program may be.
package enum SchemaState: Sendable, Hashable {
  /// Nothing has been applied.
  case empty
  /// The newest version that was applied, and the oldest version whose programs can live with all that were.
  case applied(version: Int, oldestProgram: Int)
  /// The record was made by a tool that did not say yet which programs can live with the schema.
  case undeclared(version: Int)
}

extension Database {
  /// What the record of migrations says, which is one row for each version.
  ///
  /// Fails as a read does. A record without the column of ``SchemaState/undeclared(version:)`` is no failure: what cannot
  /// be asked for both is asked for the version alone, and fails there if it is something else that is wrong.
  package func schemaState() async throws(DatabaseError) -> SchemaState {
    do {
      let rows = try await all(SchemaMigrations.select(\.version, \.oldestProgram)) { version, oldest in
        (version: version, oldestProgram: oldest ?? version)
      }
      guard let version = rows.map(\.version).max(), let oldest = rows.map(\.oldestProgram).max() else {
        return .empty
      }
      return .applied(version: version, oldestProgram: oldest)
    } catch  where error.kind == .invalidStatement {
      return try await schemaVersion().map { .undeclared(version: $0) } ?? .empty
    }
  }
}
