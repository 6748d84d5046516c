import AccessManifest
import AccessProof
import DataAccess

/// Reads what a database has beside the manifest, for the proof: relations, functions that run as their owner, roles.
///
/// On a database of our own, every account tries every one. On another's, an account tries what the server says it may
/// use, because such a database can have thousands of others; what PUBLIC may use there is theirs to close.
struct PostgresSurvey {
  typealias Attempt = EscapeAttempts.Attempt

  let administrator: Database
  let manifest: AccessManifest
  private let declared: Set<DeclaredRight>

  private struct DeclaredRight: Hashable {
    let account: String
    let privilege: String
    let object: PostgresObject
  }

  init(_ administrator: Database, _ manifest: AccessManifest) {
    self.administrator = administrator
    self.manifest = manifest
    let privileges = PostgresState(declaredBy: manifest, database: "").privileges
    declared = Set(
      privileges.map {
        DeclaredRight(account: $0.grantee.displayName, privilege: $0.privilege, object: $0.object)
      })
  }

  /// `EscapeAttempts` reads it so.
  static let reader: DatabaseSurvey.Reader = {
    (administrator, bystander, manifest) async throws(DatabaseError) in
    try await PostgresSurvey(administrator, manifest).read(bystander)
  }

  private func read(_ bystander: Session) async throws(DatabaseError) -> DatabaseSurvey {
    let process = try await bystander.unsafeQuery(unsafeSQL: "SELECT pg_backend_pid()", label: "survey")
      .integer(0, 0)
    // Looking at a view opens its tables.
    return try await administrator.withShortLocks(Self.limits) { (transaction) throws(DatabaseError) in
      try await read(beside: process, in: transaction)
    }
  }

  private static let limits = LockLimits(totalMilliseconds: 10_000)

  private func read(
    beside process: Int64, in transaction: any StatementRunner
  ) async throws(DatabaseError) -> DatabaseSurvey {
    var survey = DatabaseSurvey()
    for account in manifest.databaseAccounts.map(\.name) {
      survey.attempts[account] = [Self.signal(process)]
    }
    let relations = try await rows(PostgresSurveyQueries.relations, transaction)
    for row in 0..<relations.rowCount { try add(relationIn: relations, row, to: &survey) }
    let routines = try await rows(PostgresSurveyQueries.routines, transaction)
    for row in 0..<routines.rowCount { try add(routineIn: routines, row, to: &survey) }
    let triggers = try await rows(PostgresSurveyQueries.triggers, transaction)
    for row in 0..<triggers.rowCount {
      let place = PostgresObject(.table, schema: try triggers.text(row, 0), name: try triggers.text(row, 1))
      let table = manifest.tables.first { PostgresObject.table($0.name) == place }
      if let table { survey.tablesWithCode[table.name] = try triggers.text(row, 2) }
    }
    let logins = try await rows(PostgresSurveyQueries.logins, transaction)
    for row in 0..<logins.rowCount { survey.logins.append(try logins.text(row, 0)) }
    return survey
  }

  private func rows(_ sql: String, _ runner: any StatementRunner) async throws(DatabaseError) -> any ResultSet
  {
    let accounts = manifest.databaseAccounts.map(\.name) + [manifest.administrators.databaseAccount]
    let tables = manifest.tables.map { PostgresObject.table($0.name) }
    let isEverything = !manifest.isLive && manifest.scope.mode == .strict
    return try await runner.unsafeQuery(
      unsafeSQL: sql.replacing("{accounts}", with: Self.array(accounts))
        .replacing("{services}", with: Self.array(manifest.databaseAccounts.map(\.name)))
        .replacing("{schemas}", with: Self.array(tables.map { $0.schema ?? PostgresSQL.schema }))
        .replacing("{names}", with: Self.array(tables.map(\.name)))
        .replacing("{everything}", with: isEverything ? "true" : "false")
        .replacing("{strict}", with: manifest.scope.mode == .strict ? "true" : "false"),
      label: "survey", isRead: true)
  }

  private static func array(_ names: [String]) -> String {
    "ARRAY[\(names.map(PostgresSQL.literal).joined(separator: ", "))]::text[]"
  }

  /// The session belongs to another role and is idle, so that a signal that arrives does no harm.
  private static func signal(_ process: Int64) -> Attempt {
    Attempt(
      object: "server", verb: "cancel another role's statement", sql: "SELECT pg_cancel_backend(\(process))")
  }

  private func add(
    relationIn rows: any ResultSet, _ row: Int, to survey: inout DatabaseSurvey
  ) throws(DatabaseError) {
    let account = try rows.text(row, 0)
    let (schema, name) = (try rows.text(row, 1), try rows.text(row, 2))
    let verb = try rows.text(row, 4)
    let object = PostgresObject(try rows.text(row, 3) == "v" ? .view : .table, schema: schema, name: name)
    guard !isDeclared(verb, on: object, for: account), !manifest.scope.schemas.cover(schema) else { return }
    let column = PostgresSQL.identifier(try rows.text(row, 5))
    let sql =
      switch verb {
      case "SELECT": "SELECT \(column) FROM \(object.qualified) LIMIT 1"
      case "INSERT": "INSERT INTO \(object.qualified) (\(column)) SELECT NULL WHERE false"
      case "UPDATE": "UPDATE \(object.qualified) SET \(column) = NULL WHERE false"
      default: "DELETE FROM \(object.qualified) WHERE false"
      }
    survey.attempts[account]?.append(
      Attempt(object: object.displayName, verb: verb.lowercased(), sql: sql))
  }

  private func isDeclared(_ privilege: String, on object: PostgresObject, for account: String) -> Bool {
    declared.contains(DeclaredRight(account: account, privilege: privilege, object: object))
  }

  /// The condition is false, so that the server checks the permission and does not run the function.
  private func add(
    routineIn rows: any ResultSet, _ row: Int, to survey: inout DatabaseSurvey
  ) throws(DatabaseError) {
    let account = try rows.text(row, 0)
    let schema = try rows.text(row, 1)
    let object = PostgresObject(.routine, schema: schema, name: try rows.text(row, 2))
    guard !isDeclared("EXECUTE", on: object, for: account), !manifest.scope.schemas.cover(schema) else {
      return
    }
    let attempt: Attempt
    if let call = try rows.optionalText(row, 3) {
      attempt = Attempt(object: object.displayName, verb: "call with its owner's rights", sql: call)
    } else {
      attempt = Attempt(
        object: object.displayName, verb: "call with its owner's rights",
        sql: "SELECT 1 WHERE has_function_privilege(\(try rows.text(row, 4))::oid, 'EXECUTE')", finds: .rows)
    }
    survey.attempts[account]?.append(attempt)
  }
}
