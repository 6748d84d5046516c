import AccessManifest
import Schema

extension PostgresState {
  /// The state that the manifest declares for a PostgreSQL database.
  ///
  /// The owner of an object grants the rights on it: the administrator for tables and the database, and
  /// `pg_database_owner` for the schema. PostgreSQL uses that name for the owner of the database.
  package init(
    declaredBy manifest: AccessManifest, database: String, tables given: [TableDefinition]? = nil
  ) {
    self.init(database: database)
    let tables = given ?? manifest.tables
    isLive = manifest.isLive
    let administrator = manifest.administrators.databaseAccount
    self.administrator = administrator
    roles[administrator] = .administrator
    for table in tables { owners[.relation(table)] = administrator }
    owners[PostgresObject(.database, name: database)] = administrator
    owners[PostgresObject(.schema, name: PostgresSQL.schema)] = Self.databaseOwnerRole
    scope = PostgresScope(
      manifest.scope, roles: Set(manifest.databaseAccounts.map(\.name)).union([administrator]),
      schemas: manifest.schemas)
    if !isLive {
      keys = Set(tables.flatMap(\.declaredKeys))
      declareRules(of: tables)
      settingsOfEveryone = [.utc]
    }
    for (name, value) in manifest.databaseSettings {
      settingsOfEveryone.insert(PostgresSetting(name: name, value: value, isOfDatabase: true))
    }
    let relations = Dictionary(
      tables.map { ($0.name, DeclaredRelation($0)) }, uniquingKeysWith: { first, _ in first })
    privileges.reserveCapacity(manifest.databaseAccounts.reduce(0) { $0 + $1.grants.count + 2 })
    for account in manifest.databaseAccounts {
      roles[account.name] = PostgresRole(of: account)
      credentials[account.name] = .accepted
      memberships.insert(.administration(of: account.name, by: administrator))
      var schemas: Set<String> = isLive ? [] : [PostgresSQL.schema]
      for grant in account.grants {
        let relation = relations[grant.table]
        if isLive { schemas.insert(relation?.object.schema ?? TableName(grant.table).schema) }
        let identity = grant.choosesIdentities || isLive ? nil : relation?.definition
        declare(
          grant, on: relation, withoutIdentityOf: identity, to: account.name, administrator: administrator)
      }
      declareAccess(of: account, to: schemas, administrator: administrator)
    }
    declareFurtherRights(manifest)
    declareRowSecurity(manifest, tables: tables)
    if !isLive { declareUnsampledColumns(manifest, tables: tables) }
  }

  private mutating func declareFurtherRights(_ manifest: AccessManifest) {
    for account in manifest.databaseAccounts {
      for right in account.also {
        privileges.insert(
          PostgresPrivilege(
            right.privilege, on: PostgresObject(right, in: database), to: .role(account.name),
            by: administrator))
      }
    }
  }

  private mutating func declareAccess(
    of account: DatabaseAccount, to schemas: Set<String>, administrator: String
  ) {
    privileges.insert(
      PostgresPrivilege(
        "CONNECT", on: PostgresObject(.database, name: database), to: .role(account.name),
        by: administrator))
    for schema in schemas {
      privileges.insert(
        PostgresPrivilege(
          "USAGE", on: PostgresObject(.schema, name: schema), to: .role(account.name),
          by: Self.databaseOwnerRole))
    }
  }

  /// A right on all columns but one becomes a right on each of the others, because SQL has no other form for it.
  private mutating func declare(
    _ grant: TableGrant, on relation: DeclaredRelation?, withoutIdentityOf table: TableDefinition?,
    to account: String, administrator: String
  ) {
    let privilege = grant.verb.rawValue.uppercased()
    let columns: [String?] =
      switch (grant.columns, table) {
      case (.all, nil): [nil]
      case (.all, let table?): table.columns.filter { !$0.isIdentity }.map(\.name)
      case (.only(let names), _): names
      }
    let object = relation?.object ?? .table(grant.table)
    for column in columns {
      privileges.insert(
        PostgresPrivilege(privilege, on: object, column: column, to: .role(account), by: administrator))
    }
    guard grant.verb == .insert, let relation else { return }
    for sequence in relation.sequences {
      privileges.insert(
        PostgresPrivilege("USAGE", on: sequence, to: .role(account), by: administrator))
    }
  }

  /// A table with a row scope for some account gets row security, forced so that it also applies to the owner. Each
  /// account and verb gets a policy, because without one the account would see no rows.
  private mutating func declareRowSecurity(_ manifest: AccessManifest, tables: [TableDefinition]) {
    let scoped = Set(manifest.rowScopedTables)
    for table in tables where !table.isView {
      rowSecurity[table.name] = RowSecurity(
        isEnabled: scoped.contains(table.name), isForced: scoped.contains(table.name))
    }
    for table in tables where scoped.contains(table.name) {
      policies.insert(.forAdministrator(manifest.administrators.databaseAccount, table: table.name))
      for account in manifest.databaseAccounts {
        for grant in account.grants where grant.table == table.name {
          policies.insert(PostgresPolicy(grant, for: account.name, on: table))
        }
      }
    }
    precondition(
      Set(policies.map(\.key)).count == policies.count, "an account has two grants of one verb on one table")
  }

  /// Estimates from samples would show an account values of rows that its policies hide.
  private mutating func declareUnsampledColumns(_ manifest: AccessManifest, tables: [TableDefinition]) {
    let scoped = Set(
      manifest.databaseAccounts.flatMap(\.grants).filter { $0.verb == .select && $0.rows != nil }.map(\.table)
    )
    for table in tables where scoped.contains(table.name) {
      for column in table.columns {
        sampledColumns.insert(
          PostgresSampledColumn(table: table.name, column: column.name, type: "", isAnalyzed: false))
      }
    }
  }

  /// The role that stands for the database's owner. It owns the schema `public` since PostgreSQL 15.
  static let databaseOwnerRole = "pg_database_owner"
}

/// A table or a view with its objects, made once for the grants of all accounts.
private struct DeclaredRelation {
  let definition: TableDefinition
  let object: PostgresObject
  let sequences: [PostgresObject]

  init(_ definition: TableDefinition) {
    self.definition = definition
    object = .relation(definition)
    sequences = definition.sequences.map(TableName.init).map {
      PostgresObject(.sequence, schema: $0.schema, name: $0.name)
    }
  }
}

extension TableDefinition {
  /// The primary key, the unique constraints, and the unique indexes over all rows.
  fileprivate var declaredKeys: [PostgresKey] {
    let ofIndexes = indexes.filter { $0.isUnique && $0.condition == nil }.map(\.columns)
    let ofIdentity = identity.map { [[$0.name]] } ?? []
    return (ofIdentity + uniqueKeys + ofIndexes).map { PostgresKey(table: name, columns: $0) }
  }
}

extension PostgresSetting {
  /// Sessions run in UTC, because every stored time is in UTC: a client that sends a time without a zone would
  /// otherwise store it in the server's zone. The catalog stores the name in this spelling.
  static let utc = PostgresSetting(
    name: "TimeZone", value: AccessManifest.timeZone, isOfDatabase: true)
}

extension PostgresRole {
  /// The administrator may create and grant, and no more. SUPERUSER or BYPASSRLS would make every policy ineffective.
  static var administrator: PostgresRole {
    var role = PostgresRole()
    role.canCreateRoles = true
    return role
  }

  /// Makes the role of a service's account.
  init(of account: DatabaseAccount) {
    self.init()
    connectionLimit = account.limits.connections ?? -1
    settings = [
      Setting.statementTimeout: account.limits.statementTimeoutMilliseconds,
      Setting.idleInTransactionTimeout: account.limits.idleInTransactionTimeoutMilliseconds,
    ].compactMapValues { $0.map { "\($0)ms" } }.merging(account.settings) { limit, _ in limit }
  }

  enum Setting {
    static let statementTimeout = "statement_timeout"
    static let idleInTransactionTimeout = "idle_in_transaction_session_timeout"
  }
}

extension PostgresMembership {
  /// The membership that PostgreSQL 16 gives a role with CREATEROLE in each role that it creates. It may alter and
  /// grant the role, but neither inherits its rights nor may set role to it.
  static func administration(of role: String, by administrator: String) -> PostgresMembership {
    PostgresMembership(
      role: role, member: administrator, grantor: "", canAdminister: true, inherits: false, canSet: false)
  }
}

extension PostgresPolicy {
  /// Lets the administrator reach every row for migrations and clean-up. Without it, FORCE would hide all rows from the
  /// owner.
  static func forAdministrator(_ administrator: String, table: String) -> PostgresPolicy {
    PostgresPolicy(
      table: table, name: "\(administrator) all", roles: [administrator], command: .all, using: "true",
      check: "true")
  }

  /// Makes the policy that a grant needs on a table with row security.
  init(_ grant: TableGrant, for account: String, on table: TableDefinition) {
    let condition =
      grant.rows.map { scope in
        PostgresSQL.condition(scope, columnType: table.column(named: scope.column)?.type)
      } ?? "true"
    let command: Command =
      switch grant.verb {
      case .select: .select
      case .insert: .insert
      case .update: .update
      case .delete: .delete
      }
    self.init(
      table: grant.table, name: "\(account) \(grant.verb.rawValue)", roles: [account], command: command,
      using: grant.verb == .insert ? nil : condition,
      check: grant.verb == .insert || grant.verb == .update ? condition : nil)
  }
}
