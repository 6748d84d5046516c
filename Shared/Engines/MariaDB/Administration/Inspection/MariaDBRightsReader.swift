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
    try await reader.readServer()
    reader.state.settings = try await reader.readSettings()
    reader.state.errorsUntilBlock = try await readErrorsUntilBlock(in: reader.state.catalog)
    try await reader.readAccounts()
    try await reader.readPrivileges()
    try await reader.readRoles()
    try await reader.readOtherDatabases()
    try await reader.readRelations()
    try await reader.readShapes()
    return reader.state
  }

  /// The wrong passwords after which the server refuses an account; nil where it has no such limit.
  func readErrorsUntilBlock(in catalog: RightsCatalog) async throws(DatabaseError) -> Int64? {
    guard let query = catalog.queries.errorsUntilBlock else { return nil }
    return try await rows(query).integer(0, 0)
  }

  /// The settings of the server with which the fleet fails.
  func readSettings() async throws(DatabaseError) -> [ServerSetting] {
    let row = try await rows(RightsQueries.settings)
    var found: [ServerSetting] = []
    if try row.integer(0, 2) != 0 { found.append(.changesOneNode) }
    if try row.integer(0, 0) != 0 { found.append(.logsStatements) }
    let plugins = try row.text(0, 4).split(separator: ",").map(String.init)
    if try row.integer(0, 3) != 0, !plugins.isEmpty { found.append(.refusesHashes(by: plugins)) }
    let statements = try row.text(0, 1)
    if !statements.isEmpty { found.append(.runsAtLogin(statements)) }
    return found
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

  private mutating func readServer() async throws(DatabaseError) {
    let server = try await rows(RightsQueries.server)
    if try server.integer(0, 0) != 0 {
      let catalog = state.catalog
      state = MariaDBState(database: state.database.lowercased(), catalog: catalog)
      state.foldsNames = true
    }
    state.isUnguarded = try server.integer(0, 1) != 0
    state.isEncrypted = try server.integer(0, 3) != 0
    let offersTLS = try server.integer(0, 2) != 0
    state.offersTLS = state.isEncrypted || offersTLS
  }

  private mutating func readAccounts() async throws(DatabaseError) {
    let queries = state.catalog.queries
    let rows = try await rows(queries.accounts)
    for row in 0..<rows.rowCount {
      var account = MariaDBAccount()
      account.isRole = Self.isSet(try rows.text(row, 2))
      let grantee = state.catalog.grantee(
        try rows.text(row, 0), at: try rows.text(row, 1), isRole: account.isRole)
      account.isLocked = Self.isSet(try rows.text(row, 3))
      account.login = MariaDBLogin(
        plugin: try rows.text(row, 4), verifier: try rows.text(row, 5),
        hasAlternative: try rows.integer(row, 6) != 0, isExpired: try rows.text(row, 7) == "0",
        encryption: .init(stored: try rows.text(row, 15)),
        lifetimeDays: Int(try rows.text(row, 16)) ?? -1, secondVerifier: try rows.text(row, 17),
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

  private static func isSet(_ text: String) -> Bool { text == "1" || text == "true" }

  private mutating func readPrivileges() async throws(DatabaseError) {
    let found = try await rows(MariaDBRightsQueries.columnsOfDatabases)
    var columns: [String] = []
    for row in 0..<found.rowCount { columns.append(try found.text(row, 0)) }
    let isLiteral = state.catalog.takesNamesLiterally
    try await add(MariaDBRightsQueries.databases(columns)) { rows, row throws(DatabaseError) in
      .database(MariaDBPattern(try rows.text(row, 2), isLiteral: isLiteral))
    }
    try await add(MariaDBRightsQueries.tables) { rows, row throws(DatabaseError) in
      .table(database: try rows.text(row, 2), name: try rows.text(row, 3))
    }
    try await add(MariaDBRightsQueries.columns) { rows, row throws(DatabaseError) in
      .column(database: try rows.text(row, 2), table: try rows.text(row, 3), name: try rows.text(row, 4))
    }
    try await readOrphans()
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
      let grantee = try holder(rows, row)
      let stored = try place(rows, row)
      let place = state.foldsNames ? stored.folded : stored
      for name in try rows.text(row, rows.columnNames.count - 1).split(separator: ",") {
        let privilege = MariaDBPrivilege(MariaDBRightsQueries.privilege(name), on: place, to: grantee)
        state.privileges.insert(privilege)
        if stored != place { state.spellings[privilege, default: []].append(stored) }
      }
    }
  }

  /// Who has the right of a row. The accounts are read before: a name without a host is a role's where there is one.
  private func holder(_ rows: any ResultSet, _ row: Int) throws(DatabaseError) -> MariaDBGrantee {
    let (user, host) = (try rows.text(row, 0), try rows.text(row, 1))
    let isRole = state.accounts[MariaDBGrantee(user: user, host: host)]?.isRole == true
    return state.catalog.grantee(user, at: host, isRole: isRole)
  }

  /// A pattern that covers more than our database belongs to others too.
  private mutating func readOtherDatabases() async throws(DatabaseError) {
    let hasPatterns = state.privileges.contains { privilege in
      guard case .database(let pattern) = privilege.place else { return false }
      return !pattern.standsAlone(for: state.database) && pattern.covers(state.database)
    }
    guard hasPatterns else { return }
    state.otherDatabases = try await databases(RightsQueries.databases, besides: state)
  }

  /// The databases that the queries name, without the server's own and that of `state`.
  private func databases(
    _ queries: [String], besides state: MariaDBState
  ) async throws(DatabaseError) -> Set<ExactText> {
    var found: Set<ExactText> = []
    for query in queries {
      do {
        let rows = try await rows(query)
        for row in 0..<rows.rowCount {
          let name = try rows.text(row, 0)
          found.insert(ExactText(state.foldsNames ? name.lowercased() : name))
        }
      } catch  where error.isPermissionDenied {
        // An administrator that has lost PROCESS: the report says so.
      }
    }
    return found.subtracting(RightsQueries.databasesOfServers).subtracting([ExactText(state.database)])
  }

  /// Other databases than that of `state` with our record of migrations.
  func readOtherFleets(besides state: MariaDBState) async throws(DatabaseError) -> Set<ExactText> {
    try await databases(RightsQueries.fleets, besides: state)
  }

  private mutating func readRoles() async throws(DatabaseError) {
    let proxies = try await rows(MariaDBRightsQueries.proxies)
    for row in 0..<proxies.rowCount {
      let proxied = state.catalog.grantee(
        try proxies.text(row, 2), at: try proxies.text(row, 3), isRole: false)
      try add("PROXY", on: .proxy(proxied), from: proxies, row)
    }
    let roles = try await rows(state.catalog.queries.roles)
    for row in 0..<roles.rowCount {
      let role = state.catalog.grantee(try roles.text(row, 2), at: try roles.text(row, 3), isRole: true)
      try add("MEMBER", on: .role(role), from: roles, row)
    }
    guard let query = state.catalog.queries.mandatoryRoles else { return }
    let mandatory = try await rows(query)
    for role in try mandatory.text(0, 0).split(separator: ",") {
      let parts = role.filter { !" `'".contains($0) }.split(separator: "@", maxSplits: 1).map(String.init)
      guard let name = parts.first else { continue }
      let grantee = state.catalog.grantee(
        name, at: parts.count > 1 ? parts[1] : MariaDBGrantee.anyHost, isRole: true)
      state.privileges.insert(MariaDBPrivilege("MEMBER", on: .role(grantee), to: .everyone))
    }
  }

  private mutating func add(
    _ name: String, on place: MariaDBPlace, from rows: any ResultSet, _ row: Int
  ) throws(DatabaseError) {
    state.privileges.insert(MariaDBPrivilege(name, on: place, to: try holder(rows, row)))
  }

  private mutating func readRelations() async throws(DatabaseError) {
    let relations = try await rows(MariaDBRightsQueries.relations)
    for row in 0..<relations.rowCount where try relations.text(row, 1) != "VIEW" {
      state.tables.insert(try relations.text(row, 0))
      if try relations.text(row, 1) == "SEQUENCE" { state.sequences.insert(try relations.text(row, 0)) }
    }
    let views = try await rows(MariaDBRightsQueries.views)
    for row in 0..<views.rowCount {
      let name = try views.text(row, 0)
      state.views[ExactText(name)] = MariaDBView(
        name: name, definition: try views.text(row, 1), definer: try views.text(row, 2),
        runsAsDefiner: try views.text(row, 3) == "DEFINER", checkOption: try views.text(row, 4),
        algorithm: try views.text(row, 5))
    }
    state.foreignKeys = try await foreignKeys()
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

  private func foreignKeys() async throws(DatabaseError) -> Set<MariaDBForeignKey> {
    var found: Set<MariaDBForeignKey> = []
    do {
      let rows = try await rows(RightsQueries.foreignKeys)
      for row in 0..<rows.rowCount {
        let names = try (0..<4).map { (column) throws(DatabaseError) in
          let name = try rows.text(row, column)
          return state.foldsNames ? name.lowercased() : name
        }
        guard names[2].isExactly(state.database), !names[0].isExactly(state.database) else { continue }
        found.insert(MariaDBForeignKey(table: "\(names[0]).\(names[1])", referenced: names[3]))
      }
    } catch  where error.isPermissionDenied {
      // An administrator that has lost PROCESS: the report says so.
    }
    return found
  }

  private mutating func readShapes() async throws(DatabaseError) {
    let columns = try await rows(MariaDBRightsQueries.collations)
    for row in 0..<columns.rowCount {
      state.shapes[try columns.text(row, 0), default: MariaDBTableShape()]
        .collations[ExactText(try columns.text(row, 1))] = try columns.text(row, 2)
    }
    let indexes = try await rows(MariaDBRightsQueries.indexes)
    for row in 0..<indexes.rowCount {
      state.shapes[try indexes.text(row, 0), default: MariaDBTableShape()]
        .indexes[ExactText(try indexes.text(row, 1))] = MariaDBTableShape.Index(
          firstColumn: try indexes.text(row, 2), isIgnored: try indexes.text(row, 3) == "YES")
    }
  }

  /// The rights on columns that the server finds at no login and in no statement.
  private mutating func readOrphans() async throws(DatabaseError) {
    let rows = try await rows(MariaDBRightsQueries.orphans)
    var tables: Set<MariaDBPrivilege> = []
    for row in 0..<rows.rowCount {
      let place = MariaDBPlace.table(database: try rows.text(row, 2), name: try rows.text(row, 3))
      tables.insert(
        MariaDBPrivilege("", on: state.foldsNames ? place.folded : place, to: try holder(rows, row)))
    }
    state.orphans = state.privileges.filter { privilege in
      privilege.place.column != nil
        && tables.contains(MariaDBPrivilege("", on: privilege.place.object, to: privilege.grantee))
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
