import AccessManifest

/// What of a database and its server the manifest manages.
package struct PostgresScope: Sendable, Hashable {
  /// How the tool treats a difference.
  enum Standing: Sendable, Hashable {
    /// It concerns what is ours: `verify` names it and the plan corrects it.
    case ours
    /// It reaches what is ours, and others made it: `verify` names it, and the plan leaves it alone.
    case watched
    /// It belongs to others: `verify` mentions it.
    case outside
    /// The manifest lists it.
    case accepted
  }

  private let scope: AccessScope
  /// The roles of the manifest.
  private var roles: Set<String>
  private var persons: Set<String> = []
  /// Roles of others that have no right in this database: their members may need them in another one.
  private var groupsWithoutRights: Set<String> = []
  private var superusers: Set<String> = []
  /// The engine's relations that PUBLIC may no longer read.
  private var closedRelations: Set<String> = []
  /// The schemas of the manifest's tables, and the engine's.
  private let ownSchemas: Set<String>

  /// Makes the scope of a manifest with these roles; without arguments, that of a database of our own.
  package init(
    _ scope: AccessScope = AccessScope(), roles: Set<String> = [], schemas: [String] = []
  ) {
    ownSchemas = Self.alwaysOwn.union(schemas)
    self.scope = scope
    self.roles = roles
  }

  /// Returns the scope in which these roles are ours too, on a server in that state. The logins that the tool itself gave
  /// to `persons` are closed in every mode.
  func including(
    _ more: [String], persons: [String], groupsWithoutRights: Set<String>, in actual: PostgresState
  ) -> PostgresScope {
    var scope = self
    scope.superusers = Set(actual.roles.filter(\.value.isSuperuser).keys)
    scope.closedRelations = actual.closedRelations
    scope.groupsWithoutRights = groupsWithoutRights.subtracting(roles).subtracting(more)
    scope.roles.formUnion(more)
    scope.persons = Set(persons)
    return scope
  }

  /// Whether everything in the database is the manifest's.
  var isStrict: Bool { scope.mode == .strict }

  /// Whether the manifest only adds rights.
  var isAdditive: Bool { scope.mode == .additive }

  /// Whether the manifest lists the role among those of others.
  func lists(_ role: String) -> Bool { scope.roles.cover(role) }

  /// How the tool treats a difference from the declared state.
  func standing(of difference: PostgresDifference, on declared: PostgresState) -> Standing {
    switch difference {
    case .privilegeExcess(let privilege): standing(of: privilege, on: declared)
    case .membershipExcess(let membership): standing(of: membership)
    case .superuser(let role): scope.roles.cover(role) ? .accepted : foreign
    case .settingOfEveryone, .settingOfDatabase: scope.mode == .strict ? .ours : .outside
    case .policyExcess(let policy): standing(of: policy, on: declared)
    case .attachment: whereRevoking
    case .finding(let finding): standing(of: finding)
    case .attribute(_, _, let declared): declared ? .ours : whereRevoking
    case .rowSecurity(let table, let wanted, _):
      wanted.isEnabled && !declared.unguarded.contains(table) ? .ours : whereRevoking
    case .policyDifferent(let wanted, let actual): wanted.isWider(than: actual) ? .ours : whereRevoking
    case .privilegeMissing(let privilege): declared.withheld.contains(privilege) ? .watched : .ours
    case .tableMissing, .roleMissing, .passwordExpires, .connectionLimit, .setting, .databaseSetting,
      .membershipMissing, .owner, .policyMissing, .credential, .keyMissing, .ownerRight, .sampledColumn,
      .inertDefault, .retired(_, .role), .retired(_, .elsewhere):
      .ours
    case .retired(let account, .login), .retired(let account, .sessions):
      persons.contains(account.name) ? .ours : whereRevoking
    }
  }

  /// The standing of what is ours and may be removed.
  private var whereRevoking: Standing { scope.mode == .additive ? .watched : .ours }

  /// The standing of what belongs to others and is not listed.
  private var foreign: Standing { scope.mode == .strict ? .watched : .outside }

  // MARK: Rights

  private func standing(of privilege: PostgresPrivilege, on declared: PostgresState) -> Standing {
    let object = privilege.object
    switch privilege.grantee {
    case .role(let role) where roles.contains(role):
      return isForReading(privilege, declared) ? .accepted : whereRevoking
    case .role(let role) where scope.roles.cover(role): return .accepted
    case .role where isOfServer(object): return foreign
    case .role where object.isFuture && !roles.contains(privilege.grantor): return ofOthers(privilege.grantor)
    case .everyone where object.isFuture && scope.roles.cover(privilege.grantor): return .accepted
    // The built-in rights of PUBLIC are among them as soon as the role grants anything more.
    case .everyone
    where object.isFuture && !superusers.contains(privilege.grantor) && !roles.contains(privilege.grantor):
      return foreign
    case .everyone, .role: break
    }
    if let schema = userSchema(of: object) { return scope.schemas.cover(schema) ? .accepted : foreign }
    switch scope.mode {
    case .strict: return .ours
    case .additive, .adopting:
      return privilege.grantee == .everyone && isTable(object, declared) ? whereRevoking : .outside
    }
  }

  /// The administrator may be given the rules of `pg_hba.conf` to read, so that `verify` compares them, and what PUBLIC
  /// may no longer read of the catalog.
  private func isForReading(_ privilege: PostgresPrivilege, _ declared: PostgresState) -> Bool {
    guard privilege.grantee == .role(declared.administrator), privilege.object.schema == "pg_catalog" else {
      return false
    }
    if privilege.privilege == "SELECT", closedRelations.contains(privilege.object.name) { return true }
    return ["pg_hba_file_rules", "pg_hba_file_rules()"].contains { privilege.object.name.hasPrefix($0) }
  }

  private func isOfServer(_ object: PostgresObject) -> Bool {
    object.kind == .parameter || object.kind == .tablespace
  }

  private func isTable(_ object: PostgresObject, _ declared: PostgresState) -> Bool {
    declared.owners[object] != nil && (object.kind == .table || object.kind == .view)
  }

  /// The schema of others that an object is, or belongs to.
  private func userSchema(of object: PostgresObject) -> String? {
    guard let schema = object.kind == .schema ? object.name : object.schema else { return nil }
    return ownSchemas.contains(schema) ? nil : schema
  }

  private static let alwaysOwn: Set = ["public", "pg_catalog", "information_schema", "pg_toast"]

  private func ofOthers(_ role: String) -> Standing { scope.roles.cover(role) ? .accepted : foreign }

  private func standing(of membership: PostgresMembership) -> Standing {
    if scope.roles.cover(membership.member) { return .accepted }
    let isOurs = roles.contains(membership.member) || roles.contains(membership.role)
    if !isStrict, groupsWithoutRights.contains(membership.role) { return .outside }
    return isOurs ? whereRevoking : foreign
  }

  private func standing(of policy: PostgresPolicy, on declared: PostgresState) -> Standing {
    if !policy.roles.isEmpty, policy.roles.allSatisfy(scope.roles.cover) { return .accepted }
    let isOfOthers = !policy.roles.contains { $0 == "PUBLIC" || roles.contains($0) }
    if let ended = declared.rowSecurity[policy.table], !ended.isEnabled, policy.keepsRowsOfOthers {
      return whereRevoking
    }
    if declared.owners[.table(policy.table)] == nil, declared.rowSecurity[policy.table] == nil {
      return foreign
    }
    if !isStrict, isOfOthers, policy.name == PostgresPolicy.nameForOthers { return .outside }
    return scope.mode == .adopting && isOfOthers ? .outside : whereRevoking
  }

  // MARK: Findings

  private func standing(of finding: PostgresFinding) -> Standing {
    if scope.accepts[finding.key] != nil || isListed(finding) { return .accepted }
    // The schema itself is named; its objects would only repeat that.
    if let schema = finding.schema, !ownSchemas.contains(schema), finding.kind != .reader {
      return .accepted
    }
    switch finding.kind {
    case .disabledTrigger, .ownedObject: return .ours
    case .databaseOption: return scope.mode == .strict ? .ours : .outside
    case .userMapping: return finding.account.map(roles.contains) ?? false ? whereRevoking : foreign
    case .computedColumn, .missingConstraint, .columnDefault, .decomposedName: return .watched
    case .elsewhere: return finding.isOfServer ? foreign : .outside
    // Since PostgreSQL 16 it reaches only roles on which it has the admin option, and that is a membership.
    case .roleAttribute where finding.detail == "CREATEROLE": return .outside
    default: return foreign
    }
  }

  private func isListed(_ finding: PostgresFinding) -> Bool {
    switch finding.kind {
    case .extensionOfServer: scope.extensions.cover(finding.name)
    case .schema:
      ownSchemas.contains(finding.name) || scope.schemas.cover(finding.name) || ownerIsListed(finding)
    case .roleAttribute: scope.roles.cover(finding.name)
    default: ownerIsListed(finding) || (finding.schema.map(scope.schemas.cover) ?? false)
    }
  }

  private func ownerIsListed(_ finding: PostgresFinding) -> Bool {
    finding.account.map(scope.roles.cover) ?? false
  }
}
