import AccessAdministration
import AccessManifest
import AccessPlanning
import Cryptography
import DataAccess
import Schema
import Secrets

/// Makes the database and its administrator, once, as the engine's own superuser.
///
/// The administrator gets what it needs to create roles and to grant on its own objects, and no more: no superuser, no
/// BYPASSRLS, no CREATEDB. What only a superuser can mend later is mended here as well.
package struct PostgresBootstrap: Sendable {
  private let manifest: AccessManifest
  private let site: DatabaseSite
  private let engine: any DatabaseEngine

  /// The database that is there on every server, from which others are made.
  package static let maintenanceDatabase = "postgres"

  /// Makes the site's database for the manifest's administrator, as the superuser that the site's configuration names.
  package init(_ site: DatabaseSite, engine: any DatabaseEngine) {
    manifest = site.manifest
    self.site = site
    self.engine = engine
  }

  private var database: String { site.configuration.name }

  private var administrator: String { manifest.administrators.databaseAccount }

  /// Carries out what is missing and answers it; nothing when all is there.
  package func run() async throws(AccessError) -> [PlannedStep] {
    guard site.configuration.user != administrator else {
      throw .unsupported("bootstrap runs as the engine's superuser; DB_USER is \(administrator)")
    }
    let password = try administratorPassword()
    try await waitForServer()
    let maintenance = connect(Self.maintenanceDatabase)
    let made = await result { () async throws(AccessError) in
      try await expectSuperuser(maintenance)
      return try await makeAdministrator(maintenance, password) + (try await makeDatabase(maintenance))
    }
    await maintenance.close()
    let target = connect(database)
    let mended = await result { () async throws(AccessError) in try await mend(target) }
    await target.close()
    return try made.get() + mended.get()
  }

  /// Anybody else would get half of it done: what PostgreSQL gives to everybody, a superuser alone can take away.
  private func expectSuperuser(_ maintenance: Database) async throws(AccessError) {
    let user: String
    let isSuperuser: Bool
    do {
      let rows = try await maintenance.unsafeQuery(
        unsafeSQL: "SELECT current_user::text, current_setting('is_superuser')", label: "ask who this is",
        isRead: true)
      (user, isSuperuser) = (try rows.text(0, 0), try rows.text(0, 1) == "on")
    } catch {
      throw .database(error)
    }
    guard isSuperuser else {
      throw .unsupported("bootstrap runs as the engine's superuser, and \(user) is none")
    }
  }

  // MARK: The administrator

  private func makeAdministrator(
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
    let isKnown = isNew ? false : try await isKnown(password)
    if !isKnown { done.append(try await setPassword(password, superuser)) }
    return done
  }

  private func setPassword(
    _ password: Secret, _ superuser: Database
  ) async throws(AccessError) -> PlannedStep {
    let role = PostgresSQL.identifier(administrator)
    let verifier: String
    do {
      verifier = try SCRAMVerifier.text(for: password.reveal())
    } catch {
      throw .unsupported("the administrator's password cannot be used: \(error)")
    }
    let step = PlannedStep(
      credentialOf: administrator,
      shownAs: "ALTER ROLE \(role) PASSWORD '<SCRAM verifier of its credential>'",
      reason: "the server does not know the administrator's credential")
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

  /// Whether the server lets the administrator in with this password already, so that a second run does not set it
  /// anew.
  private func isKnown(_ password: Secret) async throws(AccessError) -> Bool {
    var configuration = site.configuration.connecting(as: administrator, password: password)
    configuration.name = Self.maintenanceDatabase
    return try await CredentialProbe.login(through: engine.driver(configuration), on: site.loop) == .accepted
  }

  // MARK: The database

  private func makeDatabase(_ superuser: Database) async throws(AccessError) -> [PlannedStep] {
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
      let step = PlannedStep(
        "ALTER DATABASE \(name) OWNER TO \(owner)", reason: "database \(database) is owned by \(other)",
        authority: .superuser)
      try await change(superuser, step.text, label: step.text)
      return [step]
    }
  }

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

  // MARK: What only a superuser can mend

  /// Inside the new database: the schema belongs to whoever owns the database, and whatever was done above the
  /// administrator's head is undone. What the administrator can do itself is left to it.
  private func mend(_ superuser: Database) async throws(AccessError) -> [PlannedStep] {
    let actual = try await state(superuser)
    var declared = PostgresState(declaredBy: manifest, database: actual.database, tables: [])
    declared.owners = declared.owners.merging(ownersOfTables(in: actual)) { first, _ in first }
    let steps = PostgresPlanner(declared: declared, actual: actual).plan.steps(for: .superuser)
    for step in steps { try await change(superuser, step.text, label: step.text) }
    return steps
  }

  /// The fleet's tables that are there, all of which the administrator should own.
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
        delaySeconds: configuration.retryDelaySeconds, logger: site.logger)
    } catch {
      throw .database(error)
    }
  }

  /// The superuser's way into a database of that name.
  private func connect(_ database: String) -> Database {
    var configuration = site.configuration
    configuration.name = database
    return Database(
      driver: engine.driver(configuration), loop: site.loop, configuration: PoolConfiguration(size: 1),
      logger: site.logger)
  }

  private func state(_ superuser: Database) async throws(AccessError) -> PostgresState {
    do {
      return try await superuser.atomically { (transaction) throws(DatabaseError) in
        try await PostgresCatalogReader(transaction).read()
      }
    } catch {
      throw .database(error)
    }
  }

  private func change(_ superuser: Database, _ sql: String, label: String) async throws(AccessError) {
    do {
      try await superuser.change(sql, label: label)
    } catch {
      throw .database(error)
    }
  }

  private func result<Value>(
    _ body: () async throws(AccessError) -> Value
  ) async -> Result<Value, AccessError> {
    do {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }
}
