import AccessAdministration
import AccessManifest
import AccessPlanning
import DataAccess
import Schema

/// Creates the database and its administrator, once, as the engine's superuser or as a provider's administrator.
///
/// The administrator gets the rights to create roles and to grant on its own objects, and no more: no SUPERUSER, no
/// BYPASSRLS, no CREATEDB. Bootstrap also repairs what only a superuser can repair.
package struct PostgresBootstrap: Sendable {
  private let manifest: AccessManifest
  let site: DatabaseSite
  let engine: any DatabaseEngine
  /// How long the repairs wait for tables that other sessions hold.
  private let limits: LockLimits

  /// The database that exists on every server and from which bootstrap creates others.
  package static let maintenanceDatabase = "postgres"

  /// The databases that each server has for itself.
  private static let serversOwn = [maintenanceDatabase, "template0", "template1"]

  /// Makes a bootstrap of the site's database for the manifest's administrator, run by the superuser in the site's
  /// configuration.
  package init(_ site: DatabaseSite, engine: any DatabaseEngine, limits: LockLimits = LockLimits()) {
    self.limits = limits
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
    guard !Self.serversOwn.contains(database) else {
      throw .unsupported(
        "the database \(database) belongs to the server: set DB_NAME to the fleet's own, and bootstrap creates it"
      )
    }
    // Before anything changes: the server cannot have a password that makes no verifier.
    if site.credentials.contains(administrator) { _ = try passwords() }
    try await waitForServer()
    let maintenance = connect(Self.maintenanceDatabase)
    let outcome = await result { () async throws(AccessError) in
      switch try await caller(maintenance) {
      case .superuser: try await run(asSuperuser: maintenance)
      case .provider(let name): try await run(asProvider: name, maintenance)
      }
    }
    await maintenance.close()
    return try outcome.get()
  }

  private func run(
    asSuperuser maintenance: Database
  ) async throws(AccessError) -> Report {
    var made: [PlannedStep] = []
    do throws(AccessError) {
      try await makeAdministrator(maintenance, readsVerifiers: true, &made)
      made += try await makeDatabase(maintenance)
      let target = connect(database)
      let repaired = await result { () async throws(AccessError) in try await repair(target) }
      await target.close()
      let found = try repaired.get()
      return Report(done: made + found.done, remaining: found.remaining)
    } catch {
      throw error.after(made)
    }
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

  /// A wrong DB_NAME must not take another application's database from it. One of ours has our record of migrations, and
  /// an empty one belongs to no application yet. All that the following steps read is read once before the owner changes.
  private func refuseDatabaseOfOthers(_ owner: String) async throws(AccessError) {
    let target = connect(database)
    let found = await result { () async throws(AccessError) -> Int64 in
      do throws(DatabaseError) {
        let rows = try await target.unsafeQuery(
          unsafeSQL: Self.objectsOfOthers, [.text(SchemaMigrations.definition.name)],
          label: "look for objects",
          isRead: true)
        var count: Int64 = 0
        for row in 0..<rows.rowCount where isOurs(schema: try rows.text(row, 0)) {
          count += try rows.integer(row, 1)
        }
        return count
      } catch {
        throw .database(error)
      }
    }
    let readable = await result { () async throws(AccessError) in _ = repairs(of: try await state(target)) }
    await target.close()
    let count = try found.get()
    guard count > 0 else { return try readable.get() }
    throw .unsupported(
      "the database \(database) belongs to \(owner) and has "
        + "\(count == 1 ? "1 table, view or function" : "\(count) tables, views or functions") that no migration of "
        + "ours made: set DB_NAME to the fleet's own, or adopt this one with 'schema: live' (docs/adopt.md)")
  }

  /// Whether what is in the schema would become ours: all but the schemas that the manifest leaves to others.
  private func isOurs(schema: String) -> Bool {
    let scope = manifest.scope
    return !scope.schemas.cover(schema) && (scope.mode == .strict || schema == TableName.home)
  }

  /// The tables, views, sequences and functions of each schema in a database without our record of migrations. Other tools
  /// have a table of the same name, so its columns decide.
  private static let objectsOfOthers = """
    WITH made AS (
      SELECT c.tableoid AS classid, c.oid, c.relnamespace AS namespace FROM pg_class c
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      UNION ALL SELECT p.tableoid, p.oid, p.pronamespace FROM pg_proc p)
    SELECT n.nspname::text, count(*) FROM made m JOIN pg_namespace n ON n.oid = m.namespace
    WHERE m.oid >= 16384 AND n.nspname NOT LIKE 'pg\\_%'
      AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = m.classid AND e.objid = m.oid AND e.deptype = 'e')
      AND (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_namespace h ON h.oid = c.relnamespace
        WHERE h.nspname = 'public' AND c.relname = $1 AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
          AND (a.attname, format_type(a.atttypid, NULL)) IN (('version', 'integer'), ('name', 'character varying'),
            ('checksum', 'character'), ('applied_at', 'timestamp with time zone'))) < 4
    GROUP BY 1
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
  private func repair(_ superuser: Database) async throws(AccessError) -> Report {
    let before = planner(for: try await state(superuser))
    let logins = SuspendedLogins(before.closed(by: .superuser), in: superuser)
    return try await logins.keepingOut { (logins) async throws(AccessError) -> Report in
      let (suspended, ended) = try await suspend(by: before, superuser, &logins)
      return try await repair(superuser, before, suspended, ended)
    }
  }

  private func repair(
    _ superuser: Database, _ before: PostgresPlanner, _ suspended: [String], _ ended: Report
  ) async throws(AccessError) -> Report {
    do {
      return try await superuser.withShortLocks(limits) { (transaction) throws(DatabaseError) in
        _ = try await transaction.unsafeQuery(unsafeSQL: "SET TRANSACTION READ WRITE", label: "lock rights")
        let kept = before.suspended(by: .superuser).filter { !suspended.contains($0) }
        let actual = try await PostgresCatalogReader(transaction).read(
          keepingOut: before.keptOut(after: ended.done, by: .superuser))
        let steps = repairs(of: actual).filter { step in
          !before.readmission(of: kept).contains { $0.text == step.text }
        }
        let readmission = before.readmission(of: suspended).filter { step in
          !steps.contains { $0.text == step.text }
        }
        for step in steps + readmission { try await transaction.change(step.text, label: step.text) }
        return Report(done: ended.done + steps + readmission, remaining: ended.remaining)
      }
    } catch {
      throw .database(error)
    }
  }

  /// Returns the accounts whose sessions have ended. One whose sessions go on stays without a login.
  private func suspend(
    by planner: PostgresPlanner, _ superuser: Database, _ logins: inout SuspendedLogins
  ) async throws(AccessError) -> (accounts: [String], report: Report) {
    var report = Report()
    for step in planner.suspensions(by: .superuser).flatMap({ $0 }) {
      try await logins.close { () async throws(AccessError) -> [String] in
        guard try await end(step, superuser) else {
          report.remaining.append(step)
          return []
        }
        report.done.append(step)
        return planner.shutOut(by: [step], .superuser)
      }
    }
    let unended = planner.unended(after: report.remaining, by: .superuser)
    logins.sessionsGoOn(of: unended)
    return (planner.suspended(by: .superuser).filter { !unended.contains($0) }, report)
  }

  /// Runs a step of a suspension, and returns whether no session goes on that it was to end.
  private func end(_ step: PlannedStep, _ superuser: Database) async throws(AccessError) -> Bool {
    do {
      try await superuser.change(step.text, label: step.text)
      return true
    } catch {
      guard error.isOfOpenSessions else { throw .database(error) }
      return false
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
    return readings(in: actual) + repairs + ofDatabase.filter { !repairs.contains($0) }
  }

  /// What the administrator read of the catalog by the right of PUBLIC, where PUBLIC has lost it.
  private func readings(in actual: PostgresState) -> [PlannedStep] {
    let held = actual.privileges.filter {
      $0.grantee == .role(administrator) && $0.privilege == "SELECT" && $0.object.schema == "pg_catalog"
    }
    return actual.closedRelations.subtracting(held.map(\.object.name)).sorted().map { name in
      PlannedStep(
        "GRANT SELECT ON pg_catalog.\(PostgresSQL.identifier(name)) TO \(PostgresSQL.identifier(administrator))",
        reason: "PUBLIC may no longer read the engine's own \(name), by which the tool reads the catalog",
        authority: .superuser)
    }
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
