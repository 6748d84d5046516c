import AccessManifest
import Cryptography
import DataAccess
import Schema
import Secrets

/// Makes the database and its administrator, once, as the engine's own superuser.
///
/// The administrator gets what it needs to create roles and to grant on its own objects, and no more: no superuser, no
/// BYPASSRLS, no CREATEDB. What only a superuser can mend later is mended here as well.
public struct PostgresBootstrap: Sendable {
  /// Answers the superuser's entrance to a database of that name.
  public typealias Connect = @Sendable (_ database: String) -> Database

  private let manifest: AccessManifest
  private let database: String
  private let password: Secret
  private let connect: Connect
  private let passwordIsKnown: @Sendable () async throws(AccessError) -> Bool

  /// The database that is there on every server, from which others are made.
  public static let maintenanceDatabase = "postgres"

  /// Makes `database` for the manifest's administrator, who will have `password`.
  ///
  /// `passwordIsKnown` says whether the server lets the administrator in with that password already, so that a second
  /// run does not set it anew.
  public init(
    manifest: AccessManifest, database: String, password: Secret, connect: @escaping Connect,
    passwordIsKnown: @escaping @Sendable () async throws(AccessError) -> Bool
  ) {
    self.manifest = manifest
    self.database = database
    self.password = password
    self.connect = connect
    self.passwordIsKnown = passwordIsKnown
  }

  private var administrator: String { manifest.administrators.databaseAccount }

  /// Carries out what is missing and answers it; nothing when all is there.
  public func run() async throws(AccessError) -> [PlannedStep] {
    let maintenance = connect(Self.maintenanceDatabase)
    let made = await result { () async throws(AccessError) in
      try await expectSuperuser(maintenance)
      return try await makeAdministrator(maintenance) + (try await makeDatabase(maintenance))
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

  private func makeAdministrator(_ superuser: Database) async throws(AccessError) -> [PlannedStep] {
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
    let isKnown = isNew ? false : try await passwordIsKnown()
    if !isKnown { done.append(try await setPassword(superuser)) }
    return done
  }

  private func setPassword(_ superuser: Database) async throws(AccessError) -> PlannedStep {
    let role = PostgresSQL.identifier(administrator)
    let verifier: String
    do {
      verifier = try SCRAMVerifier.postgres(password.reveal())
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
