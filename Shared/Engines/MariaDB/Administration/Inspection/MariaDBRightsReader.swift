import AccessPlanning
import DataAccess

/// Reads who may do what, as far as it concerns the session's database.
struct MariaDBRightsReader {
  private let runner: any StatementRunner
  private var state: MariaDBState

  /// Reads over `runner`, whose account is the administrator or the superuser.
  init(_ runner: any StatementRunner, database: String) {
    self.runner = runner
    state = MariaDBState(database: database)
  }

  func read() async throws(DatabaseError) -> MariaDBState {
    var reader = self
    reader.state.catalog = try await RightsCatalog.of(runner)
    try await reader.readAccounts()
    try await reader.readPrivileges()
    try await reader.readRoles()
    try await reader.readRelations()
    return reader.state
  }

  /// - Throws: where the administrator may not read, an error that says what to do.
  private func rows(_ sql: String) async throws(DatabaseError) -> any ResultSet {
    do throws(DatabaseError) {
      return try await runner.unsafeQuery(unsafeSQL: sql, label: "read the rights", isRead: true)
    } catch  where error.isPermissionDenied {
      let problem = error.detail ?? error.description
      throw error.with(
        detail: "\(problem): run `bulkhead bootstrap`, which grants the administrator what it lacks")
    }
  }

  private mutating func readAccounts() async throws(DatabaseError) {
    let queries = state.catalog.queries
    let rows = try await rows(queries.accounts)
    for row in 0..<rows.rowCount {
      let grantee = state.catalog.grantee(try rows.text(row, 0), at: try rows.text(row, 1))
      var account = MariaDBAccount()
      account.isRole = Self.isSet(try rows.text(row, 2))
      account.isLocked = Self.isSet(try rows.text(row, 3))
      account.login = MariaDBLogin(
        plugin: try rows.text(row, 4), verifier: try rows.text(row, 5),
        hasAlternative: try rows.integer(row, 6) != 0, isExpired: try rows.text(row, 7) == "0",
        needsCertificate: (Int(try rows.text(row, 15)) ?? 0) > Self.requiresTLS,
        lifetimeDays: Int(try rows.text(row, 16)) ?? 0, secondVerifier: try rows.text(row, 17),
        failuresUntilLock: Int(try rows.text(row, 18)) ?? 0)
      account.limits.connections = Int(try rows.text(row, 8)) ?? 0
      account.limits.statementMilliseconds = Int(
        ((Double(try rows.text(row, 9)) ?? 0) * 1_000).rounded())
      account.limits.queriesPerHour = Int(try rows.text(row, 10)) ?? 0
      account.limits.updatesPerHour = Int(try rows.text(row, 11)) ?? 0
      account.limits.connectionsPerHour = Int(try rows.text(row, 12)) ?? 0
      let role = try rows.text(row, 13)
      account.defaultRole = role.isEmpty ? nil : role
      state.accounts[grantee] = account
      for name in queries.globalPrivileges(try rows.text(row, 14)) {
        state.privileges.insert(MariaDBPrivilege(name, on: .global, to: grantee))
      }
    }
  }

  /// The server's number of `REQUIRE SSL`, which asks for no certificate.
  private static let requiresTLS = 1

  private static func isSet(_ text: String) -> Bool { text == "1" || text == "true" }

  private mutating func readPrivileges() async throws(DatabaseError) {
    let found = try await rows(MariaDBRightsQueries.columnsOfDatabases)
    var columns: [String] = []
    for row in 0..<found.rowCount { columns.append(try found.text(row, 0)) }
    try await add(MariaDBRightsQueries.databases(columns)) { rows, row throws(DatabaseError) in
      .database(pattern: try rows.text(row, 2))
    }
    try await add(MariaDBRightsQueries.tables) { rows, row throws(DatabaseError) in
      .table(database: try rows.text(row, 2), name: try rows.text(row, 3))
    }
    try await add(MariaDBRightsQueries.columns) { rows, row throws(DatabaseError) in
      .column(database: try rows.text(row, 2), table: try rows.text(row, 3), name: try rows.text(row, 4))
    }
    try await add(MariaDBRightsQueries.routines) { rows, row throws(DatabaseError) in
      .routine(database: try rows.text(row, 2), kind: try rows.text(row, 3), name: try rows.text(row, 4))
    }
  }

  /// The last column of the query has the privileges.
  private mutating func add(
    _ sql: String, _ place: (any ResultSet, Int) throws(DatabaseError) -> MariaDBPlace
  ) async throws(DatabaseError) {
    let rows = try await rows(sql)
    for row in 0..<rows.rowCount {
      let grantee = state.catalog.grantee(try rows.text(row, 0), at: try rows.text(row, 1))
      let place = try place(rows, row)
      for name in try rows.text(row, rows.columnNames.count - 1).split(separator: ",") {
        state.privileges.insert(
          MariaDBPrivilege(MariaDBRightsQueries.privilege(name), on: place, to: grantee))
      }
    }
  }

  private mutating func readRoles() async throws(DatabaseError) {
    let proxies = try await rows(MariaDBRightsQueries.proxies)
    for row in 0..<proxies.rowCount {
      let proxied = state.catalog.grantee(try proxies.text(row, 2), at: try proxies.text(row, 3))
      try add("PROXY", on: .proxy(proxied), from: proxies, row)
    }
    let roles = try await rows(state.catalog.queries.roles)
    for row in 0..<roles.rowCount {
      let role = state.catalog.grantee(try roles.text(row, 2), at: try roles.text(row, 3))
      try add("MEMBER", on: .role(role), from: roles, row)
    }
    guard let query = state.catalog.queries.mandatoryRoles else { return }
    let mandatory = try await rows(query)
    for role in try mandatory.text(0, 0).split(separator: ",") {
      let parts = role.filter { !" `'".contains($0) }.split(separator: "@", maxSplits: 1).map(String.init)
      guard let name = parts.first else { continue }
      let grantee = state.catalog.grantee(name, at: parts.count > 1 ? parts[1] : MariaDBGrantee.anyHost)
      state.privileges.insert(MariaDBPrivilege("MEMBER", on: .role(grantee), to: .everyone))
    }
  }

  private mutating func add(
    _ name: String, on place: MariaDBPlace, from rows: any ResultSet, _ row: Int
  ) throws(DatabaseError) {
    let grantee = state.catalog.grantee(try rows.text(row, 0), at: try rows.text(row, 1))
    state.privileges.insert(MariaDBPrivilege(name, on: place, to: grantee))
  }

  private mutating func readRelations() async throws(DatabaseError) {
    let relations = try await rows(MariaDBRightsQueries.relations)
    for row in 0..<relations.rowCount where try relations.text(row, 1) != "VIEW" {
      state.tables.insert(try relations.text(row, 0))
    }
    let views = try await rows(MariaDBRightsQueries.views)
    for row in 0..<views.rowCount {
      let name = try views.text(row, 0)
      state.views[name] = MariaDBView(
        name: name, definition: try views.text(row, 1), definer: try views.text(row, 2),
        runsAsDefiner: try views.text(row, 3) == "DEFINER", checkOption: try views.text(row, 4),
        algorithm: try views.text(row, 5))
    }
    state.code = Set(try await code(state.catalog.queries.code).map(\.code))
    state.codeElsewhere = Set(
      try await code(state.catalog.queries.codeElsewhere, withDatabase: true))
    do {
      let libraries = try await code(RightsQueries.libraries)
      state.code.formUnion(libraries.map(\.code))
    } catch  where error.isPermissionDenied {
      // An administrator of an older version: the report says which right it lacks.
    }
  }

  private func code(
    _ sql: String, withDatabase: Bool = false
  ) async throws(DatabaseError) -> [MariaDBCodeElsewhere] {
    let rows = try await rows(sql)
    var found: [MariaDBCodeElsewhere] = []
    for row in 0..<rows.rowCount {
      let code = MariaDBCode(
        kind: try rows.text(row, 0), name: try rows.text(row, 1), definer: try rows.text(row, 2),
        runsAsDefiner: try rows.integer(row, 3) != 0)
      found.append(
        MariaDBCodeElsewhere(database: try withDatabase ? rows.text(row, 4) : state.database, code: code))
    }
    return found
  }
}
