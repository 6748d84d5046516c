import AccessAdministration
import AccessManifest
import AccessPlanning
import Cryptography
import DataAccess
import Schema
import Secrets

/// Creates the database and its administrator, once, as the engine's superuser or as a provider's administrator.
///
/// The administrator gets the rights to create roles and to grant on its own objects, and no more: no SUPERUSER, no
/// BYPASSRLS, no CREATEDB. Bootstrap also repairs what only a superuser can repair.
package struct PostgresBootstrap: Sendable {
  private let manifest: AccessManifest
  private let site: DatabaseSite
  private let engine: any DatabaseEngine

  /// The database that exists on every server and from which bootstrap creates others.
  package static let maintenanceDatabase = "postgres"

  /// Makes a bootstrap of the site's database for the manifest's administrator, run by the superuser in the site's
  /// configuration.
  package init(_ site: DatabaseSite, engine: any DatabaseEngine) {
    manifest = site.manifest
    self.site = site
    self.engine = engine
  }

  var database: String { site.configuration.name }

  var administrator: String { manifest.administrators.databaseAccount }

  /// What a run did, and what the server refused to the account that ran it.
  package struct Report: Sendable, Hashable {
    /// The executed steps.
    package var done: [PlannedStep] = []
    /// The steps that need the engine's superuser.
    package var remaining: [PlannedStep] = []
  }

  /// Runs the missing steps and returns them; returns none when nothing is missing.
  package func run() async throws(AccessError) -> [PlannedStep] { try await runReporting().done }

  /// Runs the missing steps, and returns what is left too.
  package func runReporting() async throws(AccessError) -> Report {
    guard site.configuration.user != administrator else {
      throw .unsupported(
        "bootstrap runs as the engine's superuser, but DB_USER is \(administrator): set DB_USER to the superuser"
      )
    }
    let password = try administratorPassword()
    try await waitForServer()
    let maintenance = connect(Self.maintenanceDatabase)
    let outcome = await result { () async throws(AccessError) in
      switch try await caller(maintenance) {
      case .superuser: try await run(asSuperuser: maintenance, password)
      case .provider(let name): try await run(asProvider: name, maintenance, password)
      }
    }
    await maintenance.close()
    return try outcome.get()
  }

  private func run(
    asSuperuser maintenance: Database, _ password: Secret
  ) async throws(AccessError) -> Report {
    let made = try await makeAdministrator(maintenance, password) + (try await makeDatabase(maintenance))
    let target = connect(database)
    let repaired = await result { () async throws(AccessError) in try await repair(target) }
    await target.close()
    return Report(done: try made + repaired.get())
  }

  // MARK: The administrator

  func makeAdministrator(
    _ superuser: Database, _ password: Secret
  ) async throws(AccessError) -> [PlannedStep] {
    let actual = try await state(superuser)
    var declared = PostgresState(database: actual.database)
    declared.roles[administrator] = .administrator
    declared.owners[PostgresObject(.database, name: actual.database)] = administrator
    let differences = PostgresComparison(declared: declared, actual: actual.roles(of: administrator))
      .differences
    let relevant = differences.filter(\.isOfRole)
    let isNew = actual.roles[administrator] == nil
    let planner = PostgresPlanner(declared: declared, actual: actual)
    var done = relevant.flatMap { planner.steps(for: $0) }
    for step in done { try await change(superuser, step.text, label: step.text) }
    let isAccepted = isNew ? false : try await isAccepted(password)
    if !isAccepted { done.append(try await setPassword(password, superuser)) }
    return done
  }

  func setPassword(
    _ password: Secret, _ superuser: Database
  ) async throws(AccessError) -> PlannedStep {
    let role = PostgresSQL.identifier(administrator)
    let verifier: String
    do {
      verifier = try SCRAMVerifier.text(for: password.reveal())
    } catch {
      throw .unsupported("the administrator's password is unusable: \(error)")
    }
    let step = PlannedStep(
      credentialOf: administrator,
      shownAs: "ALTER ROLE \(role) PASSWORD '<SCRAM verifier of its credential>'",
      reason: "the server does not accept the administrator's credential")
    try await change(
      superuser, "ALTER ROLE \(role) PASSWORD \(PostgresSQL.literal(verifier))", label: step.text)
    return step
  }

  private func administratorPassword() throws(AccessError) -> Secret {
    do {
      _ = try site.credentials.createMissing(for: [administrator])
      return try site.credentials.password(of: administrator)
    } catch {
      throw .credential(error)
    }
  }

  /// Whether the server already accepts this password of the administrator. If it does, a second run does not set it
  /// again.
  private func isAccepted(_ password: Secret) async throws(AccessError) -> Bool {
    var configuration = site.configuration.connecting(as: administrator, password: password)
    configuration.name = Self.maintenanceDatabase
    return try await CredentialProbe.login(through: engine.driver(configuration), on: site.loop) == .accepted
  }

  // MARK: The database

  func makeDatabase(_ superuser: Database) async throws(AccessError) -> [PlannedStep] {
    let name = PostgresSQL.identifier(database)
    let owner = PostgresSQL.identifier(administrator)
    switch try await ownerOfDatabase(superuser) {
    case administrator: return []
    case nil:
      let step = PlannedStep(
        "CREATE DATABASE \(name) OWNER \(owner) ENCODING 'UTF8' TEMPLATE template0",
        reason: "database \(database) does not exist", authority: .superuser)
      try await change(superuser, step.text, label: step.text)
      return [step]
    case let other?:
      try await refuseDatabaseOfOthers(other)
      let step = PlannedStep(
        "ALTER DATABASE \(name) OWNER TO \(owner)", reason: "database \(database) is owned by \(other)",
        authority: .superuser)
      try await change(superuser, step.text, label: step.text)
      return [step]
    }
  }

  /// A wrong DB_NAME must not take another team's database from it. One of ours has the record of migrations, an empty
  /// one belongs to no application yet, and one of a superuser to no team.
  private func refuseDatabaseOfOthers(_ owner: String) async throws(AccessError) {
    let target = connect(database)
    let found = await result { () async throws(AccessError) -> Int64 in
      do throws(DatabaseError) {
        return try await target.unsafeQuery(
          unsafeSQL: Self.relationsOfOthers, [.text(SchemaMigrations.definition.name), .text(owner)],
          label: "look for objects",
          isRead: true
        ).integer(0, 0)
      } catch {
        throw .database(error)
      }
    }
    await target.close()
    let count = try found.get()
    guard count > 0 else { return }
    throw .unsupported(
      "the database \(database) belongs to \(owner) and has \(count) table\(count == 1 ? "" : "s") or views that no "
        + "migration of ours made: set DB_NAME to the fleet's own, or adopt this one with 'schema: live' "
        + "(docs/adopt.md)")
  }

  /// The tables and views in a database without the record of migrations.
  private static let relationsOfOthers = """
    SELECT CASE WHEN EXISTS (SELECT FROM pg_class WHERE relname = $1 AND relkind = 'r') THEN 0 ELSE count(*) END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%'
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = c.tableoid AND e.objid = c.oid AND e.deptype = 'e')
      AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = $2 AND r.rolsuper)
    """

  private func ownerOfDatabase(_ superuser: Database) async throws(AccessError) -> String? {
    do {
      let rows = try await superuser.unsafeQuery(
        unsafeSQL: "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = $1",
        [.text(database)],
        label: "find the database", isRead: true)
      return rows.rowCount == 0 ? nil : try rows.text(0, 0)
    } catch {
      throw .database(error)
    }
  }

  // MARK: What only a superuser can repair

  /// Works inside the fleet's database, in one transaction. It sets the database's time zone, gives the schema to the
  /// database's owner and undoes changes that only a superuser can undo. It leaves all other steps to the administrator.
  private func repair(_ superuser: Database) async throws(AccessError) -> [PlannedStep] {
    let before = planner(for: try await state(superuser))
    let suspended = before.suspended(by: .superuser)
    let ending = before.suspensions(by: .superuser).flatMap { $0 }
    for step in ending { try await change(superuser, step.text, label: step.text) }
    do {
      return try await superuser.withShortLocks { (transaction) throws(DatabaseError) in
        _ = try await transaction.unsafeQuery(unsafeSQL: "SET TRANSACTION READ WRITE", label: "lock rights")
        let steps = repairs(of: try await PostgresCatalogReader(transaction).read())
        let readmission = before.readmission(of: suspended).filter { step in
          !steps.contains { $0.text == step.text }
        }
        for step in steps + readmission { try await transaction.change(step.text, label: step.text) }
        return ending + steps + readmission
      }
    } catch {
      throw .database(error)
    }
  }

  private func planner(for actual: PostgresState) -> PostgresPlanner {
    PostgresPlanner(declared: declared(over: actual), actual: actual)
  }

  private func declared(over actual: PostgresState) -> PostgresState {
    var declared = PostgresState(declaredBy: manifest, database: actual.database, tables: [])
    declared.owners = declared.owners.merging(ownersOfTables(in: actual)) { first, _ in first }
    return declared
  }

  /// The administrator sets credentials itself, once it may administer the account.
  func repairs(of actual: PostgresState) -> [PlannedStep] {
    let declared = declared(over: actual)
    let planner = PostgresPlanner(declared: declared, actual: actual)
    let ofDatabase = PostgresComparison(declared: declared, actual: actual).differences.filter(\.isOfDatabase)
      .flatMap { planner.steps(for: $0) }
    let repairs = planner.changes.filter { step in
      if case .setCredential = step.action { return false }
      return step.authority == .superuser
    }
    return repairs + ofDatabase.filter { !repairs.contains($0) }
  }

  /// The fleet's existing tables, each with the administrator as its declared owner.
  private func ownersOfTables(in actual: PostgresState) -> [PostgresObject: String] {
    let fleet = Set(Schema.tables.map { PostgresObject.table($0.name) })
    return actual.owners.filter { fleet.contains($0.key) }.mapValues { _ in administrator }
  }

  // MARK: Statements

  private func waitForServer() async throws(AccessError) {
    var configuration = site.configuration
    configuration.name = Self.maintenanceDatabase
    do {
      try await Database.waitUntilReachable(
        driver: engine.driver(configuration), loop: site.loop, attempts: configuration.maximumRetries,
        delaySeconds: configuration.retryDelaySeconds, logger: site.logger, acceptsRefusals: false)
    } catch {
      throw .database(error)
    }
  }

  /// Opens the database of that name as the superuser.
  func connect(_ database: String) -> Database {
    var configuration = site.configuration
    configuration.name = database
    return Database(
      driver: engine.driver(configuration), loop: site.loop, configuration: PoolConfiguration(size: 1),
      logger: site.logger)
  }

  func state(_ superuser: Database) async throws(AccessError) -> PostgresState {
    do {
      return try await superuser.withShortLocks { (transaction) throws(DatabaseError) in
        try await PostgresCatalogReader(transaction).read()
      }
    } catch {
      throw .database(error)
    }
  }

  func change(_ superuser: Database, _ sql: String, label: String) async throws(AccessError) {
    do {
      try await superuser.change(sql, label: label)
    } catch {
      throw .database(error)
    }
  }

  func result<Value>(
    _ body: () async throws(AccessError) -> Value
  ) async -> Result<Value, AccessError> {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}
