import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import FoundationEssentials
import Migrations
import SQLiteDriver
import Schema

/// SQLite for the operator's tool: a file that its owner administers.
package struct SQLiteAdministration: DatabaseAdministration {
  /// Makes the administration; it has no settings.
  package init() {}

  package var engine: any DatabaseEngine { SQLiteEngine() }

  package var checksPasswords: Bool { false }

  package func escapeAttempts(in administrator: Database) async throws(DatabaseError) -> EscapeAttempts {
    .sqlite
  }

  /// False: the authorizer needs the tables that the services' own schema names.
  package var readsLiveTables: Bool { false }

  package func absence(of configuration: DatabaseConfiguration) -> String? {
    let path = SQLiteDriver.path(forDatabase: configuration.name)
    guard !FileManager.default.fileExists(atPath: path) else { return nil }
    return
      "there is no database file \(path): run `bulkhead migrate up` or `bulkhead up` first, or correct DB_NAME or DATABASE_URL"
  }

  package func administratorDriver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    SQLiteDriver.unrestricted(configuration: configuration)
  }

  package func grants(in administrator: Database, of site: DatabaseSite) -> any GrantTarget {
    SQLiteGrants(manifest: site.manifest, administrator: administrator, focus: site.focus)
  }

  package func liveSchema(in database: Database) async throws(DatabaseError) -> LiveSchema {
    try await database.transaction(.consistentRead) { (transaction) throws(DatabaseError) in
      try await SQLiteSchemaReader(transaction).read()
    }
  }

  /// Nil: a file has no rights but those that this tool stored.
  package func importedManifest(
    in database: Database, _ selection: ImportSelection
  ) async throws(DatabaseError) -> String? { nil }

  package func bootstrap(_ site: DatabaseSite) async throws(AccessError) -> BootstrapOutcome {
    BootstrapOutcome(
      engine: engine.dialect.engineName, remark: "nothing to do; the file's owner is its administrator")
  }

  /// Removes the file with its journals, where every table in it is ours and no other process has it open.
  package func removeDatabase(_ configuration: DatabaseConfiguration) throws -> Bool {
    try FileRemoval.remove(
      SQLiteDriver.path(forDatabase: configuration.name),
      ifOnlyTables: Migration.tablesEverMade.union([SQLiteRights.tableName]),
      record: SchemaMigrations.definition.name)
    return true
  }

  package func sql(for manifest: AccessManifest, database: String) -> String? { nil }
}
