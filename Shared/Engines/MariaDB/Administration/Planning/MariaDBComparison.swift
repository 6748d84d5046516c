import AccessManifest
import AccessPlanning

/// Compares the declared state with the actual one. Pure.
struct MariaDBComparison {
  let declared: MariaDBState
  let actual: MariaDBState
  let manifest: AccessManifest
  /// The accounts that have left the manifest, by the passwords that the tool made for them.
  let former: Set<String>

  /// Every difference, those of accounts first.
  var differences: [MariaDBDifference] {
    missingTables + accounts + strangers + retired + excess + views + missing + code + credentials
  }

  /// The differences as reports show them, without those that the manifest accepts.
  var deviations: [Deviation] { differences.compactMap(deviation) }

  /// The deviation of a difference; nil where the manifest accepts it. What belongs to others is a note unless the
  /// database is ours alone.
  func deviation(of difference: MariaDBDifference) -> Deviation? {
    let deviation = difference.deviation(in: actual.database)
    if case .code(let code) = difference,
      manifest.scope.accepts["\(code.kind.uppercased()) \(code.name)"] != nil
    {
      return nil
    }
    if case .viewExcess(let view) = difference, manifest.scope.accepts["VIEW \(view.name)"] != nil {
      return nil
    }
    return isOfOthers(difference) && !isStrict ? deviation.asNote : deviation
  }

  var isStrict: Bool { manifest.scope.mode == .strict }

  /// Whether the difference concerns no account of ours.
  func isOfOthers(_ difference: MariaDBDifference) -> Bool {
    switch difference {
    case .superuser, .code, .anonymous: true
    case .viewExcess(let view): !view.isOwn
    case .privilegeExcess(let privilege): !isOurs(privilege.grantee)
    case .tableMissing, .accountMissing, .shadow, .limits, .locked, .defaultRole, .obstacle, .retired,
      .viewMissing, .viewDifferent, .privilegeMissing, .credential:
      false
    }
  }

  func isOurs(_ grantee: MariaDBGrantee) -> Bool {
    declared.accounts[grantee] != nil || retiredAccounts.contains(grantee)
  }

  private var missingTables: [MariaDBDifference] {
    declared.tables.subtracting(actual.tables).sorted().map { .tableMissing($0) }
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
      if let role = found.defaultRole { differences.append(.defaultRole(grantee, role)) }
      if let obstacle = found.login.obstacle { differences.append(.obstacle(grantee, obstacle)) }
      return differences
    }
  }

  /// The server picks the account with the nearest host, so another one of the same name, or one without a name, takes
  /// the place of ours.
  private var strangers: [MariaDBDifference] {
    let names = Set(declared.accounts.keys.map(\.user))
    let others = actual.accounts.filter { declared.accounts[$0.key] == nil && !$0.value.isRole }
    return others.keys.sorted().compactMap { grantee -> MariaDBDifference? in
      if grantee.isAnonymous { return .anonymous(grantee) }
      if names.contains(grantee.user) { return .shadow(grantee) }
      let global = actual.privileges.filter { $0.grantee == grantee && $0.place == .global }
      guard !global.isEmpty, !isExempt(grantee), !retiredAccounts.contains(grantee) else { return nil }
      return .superuser(grantee, global.map(\.name).sorted())
    }
  }

  /// The server's own accounts, and those that the manifest leaves to others.
  func isExempt(_ grantee: MariaDBGrantee) -> Bool {
    declared.accounts[grantee] == nil && !grantee.isAnonymous
      && (grantee.isBuiltIn || manifest.scope.roles.cover(grantee.user))
  }

  var retiredAccounts: Set<MariaDBGrantee> {
    Set(former.map { MariaDBGrantee(user: $0) }).filter {
      actual.accounts[$0] != nil && declared.accounts[$0] == nil
    }
  }

  private var retired: [MariaDBDifference] {
    retiredAccounts.sorted().map { .retired($0, isClosed: actual.accounts[$0]?.isLocked == true) }
  }

  // MARK: Privileges

  /// Where the server keeps accounts and rights.
  private static let databaseOfRights = "mysql"

  /// All privileges of ours; of others, those in our database, those on the server's own tables, and those to become one
  /// of our accounts.
  private var relevant: Set<MariaDBPrivilege> {
    let shadows = Set(declared.accounts.keys.map(\.user))
    return actual.privileges.filter { privilege in
      let grantee = privilege.grantee
      if isOurs(grantee) { return true }
      if isExempt(grantee) { return false }
      // The account itself is dropped, and its rights with it.
      if actual.accounts[grantee] != nil, grantee.isAnonymous || shadows.contains(grantee.user) {
        return false
      }
      if grantee.isAnonymous || grantee == .everyone { return true }
      if case .proxy(let proxied) = privilege.place { return declared.accounts[proxied] != nil }
      // Who writes the tables of rights has every right, and who reads them has the verifiers.
      return privilege.place.isIn(actual.database) || privilege.place.isIn(Self.databaseOfRights)
    }
  }

  private var excess: [MariaDBDifference] {
    relevant.subtracting(declared.privileges).sorted { $0.sortKey < $1.sortKey }.map {
      .privilegeExcess($0)
    }
  }

  private var missing: [MariaDBDifference] {
    declared.privileges.subtracting(actual.privileges).sorted { $0.sortKey < $1.sortKey }.map {
      .privilegeMissing($0)
    }
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

  private var code: [MariaDBDifference] { actual.code.sorted { $0.sortKey < $1.sortKey }.map { .code($0) } }

  private var credentials: [MariaDBDifference] {
    actual.credentials.sorted { $0.key < $1.key }.compactMap { account, state in
      state == .accepted || actual.accounts[MariaDBGrantee(user: account)] == nil
        ? nil : .credential(account: account, state)
    }
  }
}
