import AccessAdministration
import AccessLint
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import Encoding
import Migrations
import PostgresDriver
import Schema

/// PostgreSQL for the operator's tool.
package struct PostgresAdministration: DatabaseAdministration {
  /// Makes the administration; it has no settings.
  package init() {}

  package var engine: any DatabaseEngine { PostgresEngine() }

  package var checksPasswords: Bool { true }

  package var comparesPasswordsByLogin: Bool { true }

  package func escapeAttempts(in administrator: Database) async throws(DatabaseError) -> EscapeAttempts {
    .postgreSQL
  }

  package var readsLiveTables: Bool { true }

  /// Always nil, because only a connection can show whether a database exists.
  package func absence(of configuration: DatabaseConfiguration) -> String? { nil }

  package func administratorDriver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver {
    engine.driver(configuration)
  }

  package func grants(in administrator: Database, of site: DatabaseSite) -> any GrantTarget {
    rights(in: administrator, of: site)
  }

  package func personalAccess(in administrator: Database, of site: DatabaseSite) -> (any PersonalAccess)? {
    rights(in: administrator, of: site)
  }

  private func rights(in administrator: Database, of site: DatabaseSite) -> PostgresGrants {
    let engine = engine
    // A login is all that is tried, so the sessions are not set up for statements.
    var configuration = site.configuration
    configuration.preparedStatements = .off
    let account = configuration
    return PostgresGrants(
      manifest: site.manifest, credentials: site.credentials, administrator: administrator,
      driver: { engine.driver(account.connecting(as: $0, password: $1)) }, loop: site.loop,
      dropsRetired: site.dropsRetired, focus: site.focus, triesLogins: site.triesLogins,
      hearsEnd: site.hearsEnd)
  }

  package func passwords(in administrator: Database, of site: DatabaseSite) -> (any AccountPasswords)? {
    let (engine, configuration) = (engine, site.configuration)
    return PostgresPasswords(
      administrator, account: site.manifest.administrators.databaseAccount,
      probe: CredentialProbe(
        store: site.credentials,
        driver: { engine.driver(configuration.connecting(as: $0, password: $1)) }, loop: site.loop,
        provesPassword: PostgresPasswords.provesPassword,
        isServing: { await Database.opens(administrator.driver, on: site.loop) }))
  }

  package func liveSchema(in database: Database) async throws(DatabaseError) -> LiveSchema {
    try await database.withShortLocks(mode: .consistentRead) { (transaction) throws(DatabaseError) in
      try await PostgresSchemaReader(transaction).read()
    }
  }

  package func identitiesBehindRows(
    in database: Database
  ) async throws(DatabaseError) -> [SchemaDifference] {
    try await database.withShortLocks(mode: .consistentRead) { (transaction) throws(DatabaseError) in
      try await PostgresIdentities(transaction).behindRows()
    }
  }

  package func lintFacts(
    in database: Database, schemas: [String]
  ) async throws(DatabaseError) -> LiveAccessFacts? {
    try await database.withShortLocks(mode: .consistentRead) { (transaction) throws(DatabaseError) in
      try await PostgresLintFacts(transaction, schemas: schemas).read()
    }
  }

  package func providerResidues(
    in administrator: Database, of site: DatabaseSite
  ) async throws(DatabaseError) -> ProviderResidues? {
    let actual = try await administrator.withShortLocks { (transaction) throws(DatabaseError) in
      try await PostgresCatalogReader(
        transaction, schemas: site.manifest.schemas, isLive: site.manifest.isLive
      ).read()
    }
    let declared = PostgresState(declaredBy: site.manifest, database: actual.database).taking(asGiven: actual)
    return PostgresComparison(declared: declared, actual: actual).providerResidues
  }

  package func importedManifest(
    in database: Database, _ selection: ImportSelection
  ) async throws(DatabaseError) -> String? {
    let tables = try await liveSchema(in: database).managed(in: engine.dialect)
    let schemas = Set(tables.map { TableName($0.name).schema }).sorted()
    let state = try await liveState(of: schemas, in: database)
    let login = try await database.unsafeQuery(
      unsafeSQL: "SELECT current_user::text", label: "read the login", isRead: true
    ).text(0, 0)
    let source = PostgresImport(state: state, tables: tables, selection: selection, login: login)
    if let problem = source.problem { throw DatabaseError(.other, operation: "import", detail: problem) }
    let text = source.text
    switch Self.parsed(text, over: tables) {
    case .success(let manifest):
      let actual = try await liveState(of: manifest.schemas, in: database)
      return ImportedPlan(source, manifest, over: actual).completing(text)
    case .failure(let error):
      let problems = error.problems.map { "# doubt: the tool refuses this file: \("\($0)".onOneLine)\n" }
      return problems.joined() + text
    }
  }

  private func liveState(of schemas: [String], in database: Database) async throws(DatabaseError)
    -> PostgresState
  {
    try await database.withShortLocks { (transaction) throws(DatabaseError) in
      try await PostgresCatalogReader(transaction, schemas: schemas, isLive: true).read()
    }
  }

  private static func parsed(
    _ text: String, over tables: [TableDefinition]
  ) -> Result<AccessManifest, ManifestErrors> {
    do throws(ManifestErrors) {
      return .success(try AccessManifest.parse(text, catalog: tables))
    } catch {
      return .failure(error)
    }
  }

  package func bootstrap(_ site: DatabaseSite) async throws(AccessError) -> BootstrapOutcome {
    let bootstrap = PostgresBootstrap(site, engine: engine)
    let result = try await bootstrap.runReporting()
    var outcome = BootstrapOutcome(engine: engine.dialect.engineName, done: result.done)
    outcome.remaining = result.remaining
    return outcome
  }

  /// Removes nothing; the migrations revert the schema.
  package func removeDatabase(_ configuration: DatabaseConfiguration) throws -> Bool { false }

  package func sql(for manifest: AccessManifest, database: String) -> String? {
    PostgresRights(manifest).sql(database: database)
  }
}
