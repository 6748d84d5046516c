import AccessManifest
import AccessProof
import DataAccess

/// Reads what a server has beside the manifest, for the proof: roles, routines, views and accounts.
enum MariaDBSurvey {
  typealias Attempt = EscapeAttempts.Attempt

  /// `EscapeAttempts` reads it so.
  static let reader: DatabaseSurvey.Reader = {
    (administrator, bystander, manifest) async throws(DatabaseError) in
    let session = try await bystander.unsafeQuery(unsafeSQL: "SELECT connection_id()", label: "survey")
      .integer(0, 0)
    let database = try await administrator.unsafeQuery(unsafeSQL: "SELECT database()", label: "survey")
      .text(0, 0)
    let state = try await MariaDBRightsReader(administrator, database: database).read()
    return survey(of: state, beside: session, manifest)
  }

  private static func survey(
    of state: MariaDBState, beside session: Int64, _ manifest: AccessManifest
  ) -> DatabaseSurvey {
    var survey = DatabaseSurvey()
    let declared = MariaDBState(
      declaredBy: manifest, database: state.database, catalog: state.catalog)
    let comparison = MariaDBComparison(declared: declared, actual: state, manifest: manifest, former: [])
    let others = comparison.rolesForEveryone(besides: comparison.rolesToOurs)
    var common = [signal(session)] + roles(in: state, besides: others) + routines(in: state)
    common += views(in: state, declared) + viewsElsewhere(comparison)
    for account in manifest.databaseAccounts { survey.attempts[account.name] = common }
    survey.logins = state.accounts.filter { grantee, account in
      declared.accounts[grantee] == nil && !account.isRole && !account.isLocked && !grantee.isAnonymous
        && !grantee.isBuiltIn && !manifest.scope.roles.cover(grantee.user)
        && state.privileges.contains {
          $0.grantee == grantee && ($0.place == .global || $0.place.isIn(state.database))
        }
    }.keys.map(\.user).sorted()
    survey.admitsWrongPasswords = state.errorsUntilBlock.map(PasswordScheme.blocksSoon) != true
    survey.reasonAgainstWrongPasswords = comparison.reasonAgainstWrongPasswords
    return survey
  }

  /// The session is idle, so there is no statement to end.
  private static func signal(_ session: Int64) -> Attempt {
    Attempt(object: "server", verb: "signal a session", sql: "KILL QUERY \(session)")
  }

  /// `others` are roles that everyone has for the databases of others.
  private static func roles(
    in state: MariaDBState, besides others: [MariaDBGrantee]
  ) -> [Attempt] {
    // In MySQL a role that no account got, and that is mandatory, is no role by its account.
    let granted = state.privileges.compactMap { privilege -> MariaDBGrantee? in
      if case .role(let role) = privilege.place { role } else { nil }
    }
    let roles = Set(state.accounts.filter(\.value.isRole).keys).union(granted)
      .subtracting(others + [.everyone])
    return roles.sorted().map {
      Attempt(object: $0.user, verb: "set role", sql: "SET ROLE \($0.sql)")
    }
  }

  /// The list shows a routine to an account with any right on it. A call would have effects.
  private static func routines(in state: MariaDBState) -> [Attempt] {
    state.code.filter { ["procedure", "function", "package"].contains($0.kind) }.sorted {
      $0.sortKey < $1.sortKey
    }.map {
      Attempt(
        object: $0.name, verb: "read its text",
        sql: "SELECT 1 FROM information_schema.routines WHERE routine_schema = database() AND routine_name = "
          + MariaDBSQL.literal($0.name), finds: .rows)
    }
  }

  /// The administrator does not see the views of other databases; an account sees those that it may use, with their
  /// definers.
  private static func viewsElsewhere(_ comparison: MariaDBComparison) -> [Attempt] {
    func list(_ texts: [String]) -> String { texts.map(MariaDBSQL.literal).joined(separator: ", ") }
    let leading = comparison.isStrict ? comparison.rolesToOurs : []
    let definers = leading.union(comparison.declared.accounts.keys).sorted().map { "\($0.user)@\($0.host)" }
    let accepted = comparison.manifest.scope.accepts.keys.filter { $0.hasPrefix("VIEW ") }.sorted()
    let besides = list([""] + accepted.map { String($0.dropFirst("VIEW ".count)) })
    return [
      Attempt(
        object: "other databases", verb: "use a view with rights on ours",
        sql: "SELECT 1 FROM information_schema.views WHERE table_schema NOT IN "
          + "(database(), 'mysql', 'sys', 'performance_schema', 'information_schema') "
          + "AND security_type = 'DEFINER' AND definer IN (\(list(definers))) "
          + "AND concat(table_schema, '.', table_name) NOT IN (\(besides)) LIMIT 1", finds: .rows)
    ]
  }

  private static func views(in state: MariaDBState, _ declared: MariaDBState) -> [Attempt] {
    state.views.keys.filter { declared.views[$0] == nil }.sorted().map(\.wrappedValue).map {
      Attempt(object: $0, verb: "select", sql: "SELECT 1 FROM \(MariaDBSQL.identifier($0)) LIMIT 1")
    }
  }
}
