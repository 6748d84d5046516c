import AccessManifest
import DataAccess

/// Reads roles, owners and privileges from PostgreSQL's catalog. Any account that can connect may read them.
package struct PostgresCatalogReader: Sendable {
  let runner: any StatementRunner
  private let schemas: [String]
  let isLive: Bool

  /// Makes a reader; for a consistent result, pass a transaction.
  ///
  /// `schemas` are those of the managed tables. `isLive` says that no migrations of ours made the database.
  package init(
    _ runner: any StatementRunner, schemas: [String] = [TableName.home], isLive: Bool = false
  ) {
    self.runner = runner
    self.schemas = schemas
    self.isLive = isLive
  }

  /// Reads the whole state except the credentials, which the catalog does not show.
  ///
  /// Until the transaction ends, names resolve to the engine's own objects.
  package func read() async throws(DatabaseError) -> PostgresState {
    var state = try await readLogins()
    try await readSettings(into: &state)
    try await readOwners(into: &state)
    state.privileges = try await privileges()
    state.privileges.formUnion(try await defaultPrivileges())
    state.policies = try await policies()
    state.attachments = try await attachments()
    state.superusers = try await superusers()
    try await readFindings(into: &state)
    state.parameters = try await parameters()
    return state
  }

  /// Reads only the roles, their memberships and their sessions. Other than the rest of the catalog, these never wait for
  /// a table that a session holds, so its end can always be planned.
  func readLogins() async throws(DatabaseError) -> PostgresState {
    _ = try await rows(PostgresCatalogQueries.trustedNames)
    try await refuseOlderReleases()
    let database = try await rows(PostgresCatalogQueries.database)
    var state = PostgresState(database: try database.text(0, 0))
    state.readsAuthenticationRules = try database.boolean(0, 1)
    state.initialSuperuser = try database.text(0, 2)
    state.now = try database.integer(0, 3)
    state.roles = try await roles()
    state.memberships = try await memberships()
    state.sessions = try await sessions()
    state.elsewhere = try await elsewhere()
    return state
  }

  /// Reads the names of tables, views and sequences. As ``readLogins()``, it never waits for a table.
  func readRelations() async throws(DatabaseError) -> Set<PostgresObject> {
    let rows = try await rows(PostgresCatalogQueries.relations)
    var relations: Set<PostgresObject> = []
    for row in 0..<rows.rowCount { relations.insert(try object(rows, row)) }
    return relations
  }

  /// The rights of a membership are options of their own since PostgreSQL 16.
  private func refuseOlderReleases() async throws(DatabaseError) {
    let release = try await rows(PostgresCatalogQueries.release)
    guard try release.integer(0, 1) < PostgresCatalogQueries.oldestRelease else { return }
    throw DatabaseError(
      .other, operation: "read the catalog",
      detail: "the server is PostgreSQL \(try release.text(0, 0)), and the access tool needs 16 or newer")
  }

  private func roles() async throws(DatabaseError) -> [String: PostgresRole] {
    let rows = try await rows(PostgresCatalogQueries.roles)
    var roles: [String: PostgresRole] = [:]
    for row in 0..<rows.rowCount {
      var role = PostgresRole()
      role.canLogin = try rows.boolean(row, 1)
      role.isSuperuser = try rows.boolean(row, 2)
      role.canCreateRoles = try rows.boolean(row, 3)
      role.canCreateDatabases = try rows.boolean(row, 4)
      role.canReplicate = try rows.boolean(row, 5)
      role.bypassesRowSecurity = try rows.boolean(row, 6)
      role.connectionLimit = Int(try rows.integer(row, 7))
      role.passwordExpires = try rows.boolean(row, 8)
      if !rows.isNull(row, 9) { role.validUntil = try rows.integer(row, 9) }
      role.validUntilText = try rows.optionalText(row, 10) ?? ""
      role.note = try rows.optionalText(row, 11)
      roles[try rows.text(row, 0)] = role
    }
    return roles
  }

  private func readSettings(into state: inout PostgresState) async throws(DatabaseError) {
    let rows = try await rows(PostgresCatalogQueries.settings)
    for row in 0..<rows.rowCount {
      let (name, value) = (try rows.text(row, 2), try rows.text(row, 3))
      let isOfDatabase = try rows.boolean(row, 1)
      guard let role = try rows.optionalText(row, 0) else {
        state.settingsOfEveryone.insert(
          PostgresSetting(name: name, value: value, isOfDatabase: isOfDatabase))
        continue
      }
      if isOfDatabase {
        state.roles[role]?.databaseSettings[name] = value
      } else {
        state.roles[role]?.settings[name] = value
      }
    }
  }

  private func memberships() async throws(DatabaseError) -> Set<PostgresMembership> {
    let rows = try await rows(PostgresCatalogQueries.memberships)
    var memberships: Set<PostgresMembership> = []
    for row in 0..<rows.rowCount {
      memberships.insert(
        PostgresMembership(
          role: try rows.text(row, 0), member: try rows.text(row, 1), grantor: try rows.text(row, 2),
          canAdminister: try rows.boolean(row, 3), inherits: try rows.boolean(row, 4),
          canSet: try rows.boolean(row, 5)))
    }
    return memberships
  }

  private func readOwners(into state: inout PostgresState) async throws(DatabaseError) {
    let rows = try await rows(PostgresCatalogQueries.owners)
    for row in 0..<rows.rowCount {
      let object = try object(rows, row)
      state.owners[object] = try rows.text(row, 3)
      if object.kind == .table, let schema = object.schema, schemas.contains(schema),
        let name = TableName(schema: schema, name: object.name).text
      {
        state.rowSecurity[name] = RowSecurity(
          isEnabled: try rows.boolean(row, 4), isForced: try rows.boolean(row, 5))
      }
    }
  }

  private func privileges() async throws(DatabaseError) -> Set<PostgresPrivilege> {
    let rows = try await rows(PostgresCatalogQueries.privileges)
    var privileges = Set<PostgresPrivilege>(minimumCapacity: rows.rowCount)
    for row in 0..<rows.rowCount {
      privileges.insert(
        PostgresPrivilege(
          try rows.text(row, 6), on: try object(rows, row), column: try rows.optionalText(row, 3),
          to: try grantee(rows, row, 4), by: try rows.text(row, 5), isGrantable: try rows.boolean(row, 7)))
    }
    return privileges
  }

  private func defaultPrivileges() async throws(DatabaseError) -> Set<PostgresPrivilege> {
    let rows = try await rows(PostgresCatalogQueries.defaultPrivileges)
    var privileges: Set<PostgresPrivilege> = []
    for row in 0..<rows.rowCount {
      guard let kind = Self.futureKinds[try rows.text(row, 0)] else { continue }
      let object = PostgresObject(kind, schema: try rows.optionalText(row, 1))
      privileges.insert(
        PostgresPrivilege(
          try rows.text(row, 4), on: object, to: try grantee(rows, row, 2), by: try rows.text(row, 3),
          isGrantable: try rows.boolean(row, 5)))
    }
    return privileges
  }

  /// `pg_default_acl.defaclobjtype`.
  private static let futureKinds: [String: PostgresObject.Kind] = [
    "r": .futureTables, "S": .futureSequences, "f": .futureRoutines, "n": .futureSchemas,
  ]

  private func policies() async throws(DatabaseError) -> Set<PostgresPolicy> {
    let rows = try await rows(PostgresCatalogQueries.policies(in: schemas))
    var policies: Set<PostgresPolicy> = []
    for row in 0..<rows.rowCount {
      guard let command = PostgresPolicy.Command(rawValue: try rows.text(row, 3)) else { continue }
      let roles = try rows.text(row, 4).split(separator: "\u{1F}", omittingEmptySubsequences: false)
        .map { $0.isEmpty ? "PUBLIC" : String($0) }.sorted()
      var policy = PostgresPolicy(
        table: try rows.text(row, 0), name: try rows.text(row, 1), roles: roles, command: command,
        using: try rows.optionalText(row, 5), check: try rows.optionalText(row, 6))
      policy.isPermissive = try rows.boolean(row, 2)
      policies.insert(policy)
    }
    return policies
  }

  private func attachments() async throws(DatabaseError) -> Set<PostgresAttachment> {
    let rows = try await rows(PostgresCatalogQueries.attachments)
    var attachments: Set<PostgresAttachment> = []
    for row in 0..<rows.rowCount {
      guard let kind = PostgresAttachment.Kind(rawValue: try rows.text(row, 1)) else { continue }
      attachments.insert(
        PostgresAttachment(
          kind, name: try rows.text(row, 2), table: try rows.text(row, 0), owner: try rows.text(row, 3)))
    }
    return attachments
  }

  private func superusers() async throws(DatabaseError) -> Set<String> {
    let rows = try await rows(PostgresCatalogQueries.superusers)
    var superusers: Set<String> = []
    for row in 0..<rows.rowCount { superusers.insert(try rows.text(row, 0)) }
    return superusers
  }

  private func parameters() async throws(DatabaseError) -> [String: Bool] {
    let rows = try await rows(PostgresCatalogQueries.parameters)
    var parameters: [String: Bool] = [:]
    for row in 0..<rows.rowCount { parameters[try rows.text(row, 0)] = try rows.boolean(row, 1) }
    return parameters
  }

  private func sessions() async throws(DatabaseError) -> [String: Int] {
    let rows = try await rows(PostgresCatalogQueries.sessions)
    var sessions: [String: Int] = [:]
    for row in 0..<rows.rowCount { sessions[try rows.text(row, 0)] = Int(try rows.integer(row, 1)) }
    return sessions
  }

  private func elsewhere() async throws(DatabaseError) -> [String: [String]] {
    let rows = try await rows(PostgresCatalogQueries.elsewhere)
    var databases: [String: [String]] = [:]
    for row in 0..<rows.rowCount {
      databases[try rows.text(row, 0), default: []].append(try rows.text(row, 1))
    }
    return databases
  }

  /// - Throws: where the administrator may not read, an error that says what to do.
  func rows(_ sql: String) async throws(DatabaseError) -> any ResultSet {
    do throws(DatabaseError) {
      return try await runner.unsafeQuery(unsafeSQL: sql, label: "read the catalog", isRead: true)
    } catch  where error.isPermissionDenied {
      let problem = error.detail ?? error.description
      throw error.with(
        detail:
          "\(problem): run `bulkhead bootstrap` as the superuser, which lets the administrator read the catalog "
          + "where PUBLIC may not")
    }
  }

  // MARK: Parts of a row

  private func object(_ rows: any ResultSet, _ row: Int) throws(DatabaseError) -> PostgresObject {
    guard let kind = PostgresObject.Kind(rawValue: try rows.text(row, 0)) else {
      throw DatabaseError(decoding: "the catalog contains an unknown kind of object")
    }
    return PostgresObject(kind, schema: try rows.optionalText(row, 1), name: try rows.text(row, 2))
  }

  private func grantee(
    _ rows: any ResultSet, _ row: Int, _ column: Int
  ) throws(DatabaseError) -> PostgresPrivilege.Grantee {
    try rows.optionalText(row, column).map { .role($0) } ?? .everyone
  }
}

extension ResultSet {
  /// Returns the text of a field that may be NULL.
  func optionalText(_ row: Int, _ column: Int) throws(DatabaseError) -> String? {
    isNull(row, column) ? nil : try text(row, column)
  }
}
