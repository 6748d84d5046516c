import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import MariaDBDriver
import Migrations

/// MariaDB and MySQL for the operator's tool.
package struct MariaDBAdministration: DatabaseAdministration {
  /// Makes the administration; it has no settings.
  package init() {}

  package var engine: any DatabaseEngine { MariaDBEngine() }

  package var checksPasswords: Bool { true }

  package func escapeAttempts(in administrator: Database) async throws(DatabaseError) -> EscapeAttempts {
    try await RightsCatalog.of(administrator).escapeAttempts
  }

  /// False: the views of scoped rows need the tables that the services' own schema names.
  package var readsLiveTables: Bool { false }

  /// Always nil, because only a connection can show whether a database exists.
  package func absence(of configuration: DatabaseConfiguration) -> String? { nil }

  package func administratorDriver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    engine.driver(configuration)
  }

  package func grants(in administrator: Database, of site: DatabaseSite) -> any GrantTarget {
    MariaDBGrants(
      manifest: site.manifest, credentials: site.credentials, administrator: administrator,
      database: site.configuration.name, nodes: MariaDBNodes(of: site, engine), focus: site.focus,
      dropsRetired: site.dropsRetired)
  }

  package func passwords(
    in administrator: Database, of site: DatabaseSite
  ) async throws(DatabaseError) -> (any AccountPasswords)? {
    MariaDBPasswords(
      administrator: administrator, catalog: try await RightsCatalog.of(administrator),
      nodes: MariaDBNodes(of: site, engine), credentials: site.credentials)
  }

  package func liveSchema(in database: Database) async throws(DatabaseError) -> LiveSchema {
    try await database.transaction(.consistentRead) { (transaction) throws(DatabaseError) in
      try await MariaDBSchemaReader(transaction).read()
    }
  }

  package func withOtherNodes<Value: Sendable>(
    of administrator: Database, in site: DatabaseSite, _ body: (OtherNodes) async throws -> Value
  ) async throws -> Value {
    let nodes = MariaDBNodes(of: site, engine)
    let result = try await nodes.with(administrator) { (found) -> Result<Value, any Error> in
      let others = found.others.map { (name: $0.name, database: $0.database) }
      do {
        return .success(try await body(OtherNodes(nodes: others, notes: found.notes)))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  package func importedManifest(
    in database: Database, _ selection: ImportSelection
  ) async throws(DatabaseError) -> String? { nil }

  package func bootstrap(_ site: DatabaseSite) async throws(AccessError) -> BootstrapOutcome {
    try await MariaDBBootstrap(site: site, engine: engine).run()
  }

  /// Removes nothing; the migrations revert the schema.
  package func removeDatabase(_ configuration: DatabaseConfiguration) throws -> Bool { false }

  package func sql(for manifest: AccessManifest, database: String) -> String? {
    MariaDBRights(manifest, database: database).sql
  }
}
