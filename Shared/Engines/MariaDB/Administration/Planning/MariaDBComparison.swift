import AccessManifest
import AccessPlanning
import DataAccess
import MariaDBDriver

/// Compares the declared state with the actual one. Pure.
struct MariaDBComparison {
  let declared: MariaDBState
  let actual: MariaDBState
  let manifest: AccessManifest
  /// The accounts that have left the manifest, by the passwords that the tool made for them.
  let former: Set<String>
  /// The accounts that have left the manifest and are to be closed.
  let retiredAccounts: Set<MariaDBGrantee>
  /// Those with rights in another database: an application there may use them, and only their rights here are taken.
  private let keptAccounts: Set<MariaDBGrantee>
  /// The names of the accounts that the manifest declares.
  private let ourNames: Set<ExactText>

  init(declared: MariaDBState, actual: MariaDBState, manifest: AccessManifest, former: Set<String>) {
    self.declared = declared
    self.actual = actual
    self.manifest = manifest
    self.former = former
    ourNames = Set(declared.accounts.keys.map(\.name))
    let left = Set(former.map { MariaDBGrantee(user: $0) }).filter {
      actual.accounts[$0] != nil && declared.accounts[$0] == nil
    }
    keptAccounts = left.filter { !actual.databasesElsewhere(of: $0).isEmpty }
    retiredAccounts = left.subtracting(keptAccounts)
  }

  /// Every difference, those of accounts first.
  var differences: [MariaDBDifference] {
    unguarded + missingTables + furtherTables + accounts + strangers + onServerTables + mandatoryRoles
      + blocks + settings
      + retired + excess + views + viewBases + missing + foreignKeys + code + codeElsewhere + credentials
  }

  /// The differences as reports show them, without those that the manifest accepts, and what everyone holds elsewhere.
  var deviations: [Deviation] {
    differences.compactMap(deviation) + notesOfEveryone + kept + encryptedOnly
  }

  /// The deviation of a difference; nil where the manifest accepts it. What belongs to others is a note unless the
  /// database is ours alone.
  func deviation(of difference: MariaDBDifference) -> Deviation? {
    var deviation = difference.deviation(in: actual.database)
    if let key = key(of: difference), isAccepted(key) { return nil }
    if let remedy = remedy(for: difference) { deviation = deviation.advising(remedy) }
    deviation = deviation.inASCII
    if case .privilegeExcess(let privilege) = difference, privilege.place.isInert {
      return deviation.asRemark
    }
    return isOfOthers(difference) && !isStrict ? deviation.asNote : deviation
  }

  /// How the manifest accepts a difference; nil for one that it cannot accept.
  private func key(of difference: MariaDBDifference) -> String? {
    switch difference {
    case .codeElsewhere(let code, _): code.key
    case .foreignKey(let key): key.key
    case .code(let code): "\(code.kind.uppercased()) \(code.name)"
    case .viewExcess(let view): "VIEW \(view.name)"
    case .tableExcess(let name, let isSequence): "\(MariaDBDifference.kind(ofTable: isSequence)) \(name)"
    case .serverTables(let grantee, _): "\(MariaDBDifference.serverTables) \(grantee.displayName)"
    case .blocks: MariaDBDifference.blocks
    case .setting(let setting): setting.name
    case .unguarded, .tableMissing, .accountMissing, .locked, .usable, .limits, .defaultRole, .obstacle,
      .shadow, .anonymous, .roleOfOurName, .superuser, .mandatoryRoles, .retired, .privilegeExcess,
      .privilegeMissing, .viewMissing, .viewDifferent, .viewBasis, .credential:
      nil
    }
  }

  /// Whether the manifest has the key, also as reports show it.
  private func isAccepted(_ key: String) -> Bool {
    manifest.scope.accepts.keys.contains { $0.isExactly(key) || $0.isExactly(key.inASCII) }
  }

  private var unguarded: [MariaDBDifference] { actual.isUnguarded ? [.unguarded] : [] }

  /// Whether the account has the name of one of ours.
  func hasOurName(_ grantee: MariaDBGrantee) -> Bool { ourNames.contains(grantee.name) }

  var isStrict: Bool { manifest.scope.mode == .strict }

  /// Whether the difference is left alone, because its step would take something away and the manifest only adds.
  func isWatched(_ difference: MariaDBDifference) -> Bool {
    guard manifest.scope.mode == .additive else { return false }
    return switch difference {
    case .privilegeExcess, .viewExcess, .shadow, .anonymous, .roleOfOurName, .usable, .defaultRole: true
    case .locked(_, let isDeclared): isDeclared
    case .retired(_, let isClosed): !isClosed
    case .unguarded, .tableMissing, .tableExcess, .accountMissing, .limits, .obstacle, .superuser,
      .serverTables,
      .mandatoryRoles, .blocks, .setting, .privilegeMissing, .viewMissing, .viewDifferent, .viewBasis,
      .foreignKey, .code, .codeElsewhere, .credential:
      false
    }
  }

  /// Whether the difference concerns no account of ours.
  func isOfOthers(_ difference: MariaDBDifference) -> Bool {
    switch difference {
    case .superuser, .serverTables, .foreignKey, .code, .anonymous, .roleOfOurName, .tableExcess: true
    case .codeElsewhere(_, let isOurs): !isOurs
    case .viewExcess(let view): !view.isOwn
    case .privilegeExcess(let privilege):
      !isOurs(privilege.grantee) && !isLeftover(privilege.grantee)
        && !keptAccounts.contains(privilege.grantee)
    case .unguarded, .tableMissing, .accountMissing, .shadow, .limits, .locked, .usable, .defaultRole,
      .obstacle, .mandatoryRoles, .blocks, .setting, .retired, .viewMissing, .viewDifferent, .viewBasis,
      .privilegeMissing, .credential:
      false
    }
  }

  func isOurs(_ grantee: MariaDBGrantee) -> Bool {
    declared.accounts[grantee] != nil || retiredAccounts.contains(grantee)
  }

  /// Whether any client can block an account soon.
  private var blocks: [MariaDBDifference] {
    guard let errors = actual.errorsUntilBlock, PasswordScheme.blocksSoon(after: errors) else { return [] }
    return [.blocks(afterErrors: errors)]
  }

  private var settings: [MariaDBDifference] { actual.settings.map { .setting($0) } }

  private var acceptsBlocks: Bool { isAccepted(MariaDBDifference.blocks) }

  /// Why the proof sends no wrong password; nil where it may, or where the manifest accepts that it does not.
  var reasonAgainstWrongPasswords: String? {
    acceptsBlocks ? nil : blocks.first?.deviation(in: actual.database).message
  }

  private var missingTables: [MariaDBDifference] {
    declared.tables.subtracting(actual.tables).sorted().map { .tableMissing($0) }
  }

  private var furtherTables: [MariaDBDifference] {
    actual.tables.subtracting(declared.tables).subtracting(MigrationClaim.tablesOfRuns).sorted().map {
      .tableExcess($0, isSequence: actual.sequences.contains($0))
    }
  }

  // MARK: Accounts

  private var accounts: [MariaDBDifference] {
    declared.accounts.sorted { $0.key < $1.key }.flatMap { grantee, wanted -> [MariaDBDifference] in
      guard let found = actual.accounts[grantee] else { return [.accountMissing(grantee)] }
      var differences: [MariaDBDifference] = []
      if found.isLocked != wanted.isLocked { differences.append(.locked(grantee, declared: wanted.isLocked)) }
      if found.limits != wanted.limits {
        differences.append(.limits(grantee, declared: wanted.limits, actual: found.limits))
      }
      if wanted.isLocked, !actual.catalog.passwords.isUnusable(found.login) {
        differences.append(.usable(grantee))
      }
      if let role = found.defaultRole { differences.append(.defaultRole(grantee, role)) }
      return differences
        + (wanted.isLocked
          ? [] : found.login.obstacles(onServerWithTLS: actual.offersTLS).map { .obstacle(grantee, $0) })
    }
  }

  /// The server picks the account with the nearest host, so another one of the same name, or one without a name, takes
  /// the place of ours. To MySQL every account is a role too, once another one has it.
  private var strangers: [MariaDBDifference] {
    let others = actual.accounts.keys.filter { declared.accounts[$0] == nil && $0 != .everyone }
    return others.sorted().compactMap { grantee -> MariaDBDifference? in
      if grantee.isAnonymous { return .anonymous(grantee, elsewhere: rightsElsewhere(of: grantee)) }
      if hasOurName(grantee) {
        return grantee.isBare
          ? .roleOfOurName(grantee, elsewhere: rightsElsewhere(of: grantee)) : .shadow(grantee)
      }
      let global = actual.privileges.filter { $0.grantee == grantee && $0.place == .global }
      guard !global.isEmpty, !isExempt(grantee), !retiredAccounts.contains(grantee) else { return nil }
      return .superuser(grantee, global.map(\.name).sorted(), members: members(of: grantee))
    }
  }

  /// The server's own accounts, and those that the manifest leaves to others.
  func isExempt(_ grantee: MariaDBGrantee) -> Bool {
    declared.accounts[grantee] == nil && !grantee.isAnonymous
      && (grantee.isBuiltIn || manifest.scope.roles.cover(grantee.user))
  }

  /// The accounts that stay, as remarks.
  private var kept: [Deviation] {
    keptAccounts.sorted().map { grantee in
      let databases = actual.databasesElsewhere(of: grantee).prefix(Self.mostNamed).joined(separator: ", ")
      return Deviation(
        .remark, account: grantee.displayName, object: "account", privilege: "LOGIN",
        message:
          "\(grantee.displayName) has left the manifest, and stays as it is, because it has rights on \(databases): "
          + "where another application uses it, list it in scope.others.roles")
    }
  }

  private static let mostNamed = 3

  /// Accounts that a client with the encryption of this run cannot use, as remarks: the services may have another one.
  private var encryptedOnly: [Deviation] {
    guard actual.offersTLS, !actual.isEncrypted else { return [] }
    let accounts = declared.accounts.filter { !$0.value.isLocked }.keys.filter {
      actual.accounts[$0]?.login.encryption == .session
    }
    return accounts.sorted().map { grantee in
      Deviation(
        .remark, account: grantee.displayName, object: "account", privilege: "LOGIN",
        message:
          "the server accepts \(grantee.displayName) only in an encrypted session (REQUIRE SSL), and this run has none: "
          + "a service with the same DB_TLS is refused")
    }
  }

  private var retired: [MariaDBDifference] {
    // The verifier changes last: an account that is locked alone may still have sessions.
    retiredAccounts.sorted().map { grantee in
      let found = actual.accounts[grantee] ?? MariaDBAccount()
      return .retired(
        grantee, isClosed: found.isLocked && actual.catalog.passwords.isUnusable(found.login))
    }
  }

  /// Rights of others on the server's own tables: who writes those of accounts and rights has every right, and who reads them
  /// has the verifiers. By others, libraries are loaded and foreign servers reached, and the logs and what sessions do show
  /// the statements of an account of ours. The databases are not ours, so the rights are reported and never revoked.
  private var onServerTables: [MariaDBDifference] {
    // A pattern that matches our database too is revoked.
    let found = actual.privileges.filter {
      $0.place.isOnServer && !$0.place.isIn(actual.database) && !isOurs($0.grantee) && !isExempt($0.grantee)
        && !isDropped($0.grantee) && !isLeftover($0.grantee)
    }
    return Dictionary(grouping: found, by: \.grantee).sorted { $0.key < $1.key }.map { grantee, privileges in
      .serverTables(grantee, privileges.map { $0.text(in: actual.database) }.sorted())
    }
  }

  private func isOfEveryone(_ grantee: MariaDBGrantee) -> Bool { grantee.isAnonymous || grantee == .everyone }

  // MARK: Privileges

  /// All privileges of ours; of others, those in our database, and those to become one of our accounts. What PUBLIC and
  /// nameless accounts hold every account has, so of theirs also those on the whole server.
  private var relevant: Set<MariaDBPrivilege> {
    let roles = lastingRolesToOurs
    return actual.privileges.filter { privilege in
      let grantee = privilege.grantee
      if isOurs(grantee) || isLeftover(grantee) { return true }
      if isExempt(grantee) || isDropped(grantee) { return false }
      if isOfEveryone(grantee) { return isOurs(privilege.place, roles) }
      if case .proxy(let proxied) = privilege.place { return isOurProxy(proxied) }
      // MySQL grants an account of ours as a role.
      if case .role(let role) = privilege.place { return isOurs(role) }
      return privilege.place.isIn(actual.database)
    }
  }

  /// Whether the plan drops the account or role itself, and its rights with it.
  private func isDropped(_ grantee: MariaDBGrantee) -> Bool {
    guard actual.accounts[grantee] != nil, !isOurs(grantee), !hasNoStatement(grantee) else { return false }
    if grantee.isAnonymous { return rightsElsewhere(of: grantee).isEmpty }
    guard hasOurName(grantee) else { return false }
    return !grantee.isBare || isStrict && rightsElsewhere(of: grantee).isEmpty
  }

  /// Whether rights are left of an account of our names that does not exist. The server gives them to ours where the host
  /// matches.
  func isLeftover(_ grantee: MariaDBGrantee) -> Bool {
    !grantee.isAnonymous && grantee != .everyone && actual.accounts[grantee] == nil && !isOurs(grantee)
      && hasOurName(grantee)
  }

  private var excess: [MariaDBDifference] {
    relevant.subtracting(declared.privileges).sorted { $0.sortKey < $1.sortKey }.map {
      .privilegeExcess($0)
    }
  }

  private var missing: [MariaDBDifference] {
    declared.privileges.subtracting(actual.privileges.subtracting(actual.orphans))
      .sorted { $0.sortKey < $1.sortKey }.map { .privilegeMissing($0) }
  }

  // MARK: Views and code

  private var views: [MariaDBDifference] {
    let names = Set(declared.views.keys).union(actual.views.keys).sorted()
    return names.compactMap { name in
      switch (declared.views[name], actual.views[name]) {
      case (let wanted?, let found?):
        wanted == found ? nil : .viewDifferent(declared: wanted, actual: found)
      case (let wanted?, nil): .viewMissing(wanted)
      case (nil, let found?): .viewExcess(found)
      case (nil, nil): nil
      }
    }
  }

  /// A table that does not exist is a difference of its own.
  private var viewBases: [MariaDBDifference] {
    declared.viewBases.sorted { $0.key < $1.key }.compactMap { name, basis in
      guard let view = declared.views[name], let problem = actual.shapes[basis.table]?.problem(for: basis)
      else { return nil }
      return .viewBasis(view, problem: problem)
    }
  }

  private var foreignKeys: [MariaDBDifference] {
    actual.foreignKeys.sorted { $0.sortKey < $1.sortKey }.map { .foreignKey($0) }
  }

  private var code: [MariaDBDifference] { actual.code.sorted { $0.sortKey < $1.sortKey }.map { .code($0) } }

  private var credentials: [MariaDBDifference] {
    actual.credentials.sorted { $0.key < $1.key }.compactMap { account, state in
      state == .accepted || actual.accounts[MariaDBGrantee(user: account)] == nil
        ? nil : .credential(account: account, state)
    }
  }
}
