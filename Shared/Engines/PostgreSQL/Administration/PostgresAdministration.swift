import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import Migrations
import PostgresDriver

/// PostgreSQL for the operator's tool.
package struct PostgresAdministration: DatabaseAdministration {
  /// Makes the administration; it has no settings.
  package init() {}

  package var engine: any DatabaseEngine { PostgresEngine() }

  package var checksPasswords: Bool { true }

  package var escapeAttempts: EscapeAttempts { .postgreSQL }

  package var readsLiveTables: Bool { true }

  package var coverage: AccessCoverage { .postgreSQL }

  /// Always nil, because only a connection can show whether a database exists.
  package func absence(of configuration: DatabaseConfiguration) -> String? { nil }

  package func administratorDriver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    engine.driver(configuration)
  }

  package func grants(in administrator: Database, of site: DatabaseSite) -> any GrantTarget {
    let engine = engine
    let configuration = site.configuration
    return PostgresGrants(
      manifest: site.manifest, credentials: site.credentials, administrator: administrator,
      driver: { engine.driver(configuration.connecting(as: $0, password: $1)) }, loop: site.loop,
      dropsRetired: site.dropsRetired)
  }

  package func liveSchema(in database: Database) async throws(DatabaseError) -> LiveSchema {
    try await database.transaction(.consistentRead) { (transaction) throws(DatabaseError) in
      try await PostgresSchemaReader(transaction).read()
    }
  }

  package func importedManifest(
    in database: Database, _ selection: ImportSelection
  ) async throws(DatabaseError) -> String? {
    let tables = try await liveSchema(in: database).managed(in: engine.dialect)
    let schemas = Set(tables.map { TableName($0.name).schema }).sorted()
    let state = try await database.withShortLocks { (transaction) throws(DatabaseError) in
      try await PostgresCatalogReader(transaction, schemas: schemas, isLive: true).read()
    }
    return PostgresImport(state: state, tables: tables, selection: selection).text
  }

  package func bootstrap(_ site: DatabaseSite) async throws(AccessError) -> BootstrapOutcome {
    let done = try await PostgresBootstrap(site, engine: engine).run()
    return BootstrapOutcome(engine: engine.dialect.engineName, done: done)
  }

  /// Removes nothing; the migrations revert the schema.
  package func removeDatabase(_ configuration: DatabaseConfiguration) throws -> Bool { false }

  package func sql(for manifest: AccessManifest, database: String) -> String? {
    PostgresRights(manifest).sql(database: database)
  }
}
