import Schema

/// One change between two manifests, in words, with what it means for a service that runs.
package struct ManifestChange: Sendable, Hashable, Encodable {
  /// What a change means.
  package enum Effect: String, Sendable, Hashable, Encodable, CaseIterable {
    /// The account may do more.
    case widening
    /// The account may do less, and its statements still work: a lower limit, or fewer rows to read.
    case narrowing
    /// A statement or a login that works today is refused.
    case breaking
  }

  /// What it means.
  package let effect: Effect
  /// The account, or the service where it concerns no account.
  package let account: String
  /// The table, the key space, or another part of the account.
  package let object: String
  /// The change as a sentence.
  package let message: String

  init(_ effect: Effect, _ account: String, _ object: String, _ message: String) {
    self.effect = effect
    self.account = account
    self.object = object
    self.message = message
  }
}

/// The changes from one manifest to another: what a reviewer of a change reads. Pure.
package struct ManifestDifference: Sendable {
  let old: AccessManifest
  let new: AccessManifest
  let tables: [TableDefinition]

  /// Compares two manifests over the tables of both.
  package init(from old: AccessManifest, to new: AccessManifest) {
    self.old = old
    self.new = new
    let known = Set(old.tables.map(\.name))
    tables = old.tables + new.tables.filter { !known.contains($0.name) }
  }

  /// Every change, in the order of the manifests: administrators, what guards the manifest, then the accounts of the
  /// database, the cache, and what services hold beside them.
  package var changes: [ManifestChange] {
    administrators + scope + guards + databaseSettings + databaseAccounts + cacheAccounts + services
  }

  private var administrators: [ManifestChange] {
    let pairs = [
      (old.administrators.databaseAccount, new.administrators.databaseAccount, "database"),
      (old.administrators.cacheAccount, new.administrators.cacheAccount, "cache"),
    ]
    return pairs.filter { $0.0 != $0.1 }.flatMap { before, after, part in
      [
        ManifestChange(
          .breaking, after, part, "the administrator of the \(part) is \(after) instead of \(before)"),
        ManifestChange(
          .widening, after, part, "\(after) administers the \(part), and may give itself each right there"),
      ]
    }
  }

  private var databaseSettings: [ManifestChange] {
    settings("the database", old.databaseSettings, new.databaseSettings)
  }

  // MARK: Accounts of the database

  private var databaseAccounts: [ManifestChange] {
    let gone = old.databaseAccounts.filter { new.databaseAccount(named: $0.name) == nil }
    return gone.map { removed($0.name, of: $0.service) }
      + new.databaseAccounts.flatMap { account in
        guard let before = old.databaseAccount(named: account.name) else {
          return [added(account.name, of: account.service)] + grants(of: account.name, [], account.grants)
        }
        return limits(before, account) + settings(account.name, before.settings, account.settings)
          + grants(of: account.name, before.grants, account.grants) + also(before, account)
      }
  }

  private func added(_ account: String, of service: String) -> ManifestChange {
    ManifestChange(.widening, account, "login", "account \(account) of service \(service) is added")
  }

  private func removed(_ account: String, of service: String) -> ManifestChange {
    ManifestChange(.breaking, account, "login", "account \(account) of service \(service) is removed")
  }

  private func limits(_ before: DatabaseAccount, _ after: DatabaseAccount) -> [ManifestChange] {
    let values = [
      ("connections", before.limits.connections, after.limits.connections, ""),
      (
        "longest statement", before.limits.statementTimeoutMilliseconds,
        after.limits.statementTimeoutMilliseconds, " ms"
      ),
      (
        "longest pause in a transaction", before.limits.idleInTransactionTimeoutMilliseconds,
        after.limits.idleInTransactionTimeoutMilliseconds, " ms"
      ),
    ]
    let level =
      before.level == after.level
      ? []
      : [
        ManifestChange(
          rank(after.level) > rank(before.level) ? .widening : .narrowing, after.name, "level",
          "the level of \(after.name) is \(after.level.rawValue) instead of \(before.level.rawValue)")
      ]
    return level
      + values.filter { $0.1 != $0.2 }.map { name, from, to, unit in
        let (old, new) = (from.map { "\($0)\(unit)" } ?? "none", to.map { "\($0)\(unit)" } ?? "none")
        return ManifestChange(
          to ?? .max > from ?? .max ? .widening : .narrowing, after.name, name,
          "the limit '\(name)' of \(after.name) is \(new) instead of \(old)")
      }
  }

  private func rank(_ level: AccessLevel) -> Int {
    switch level {
    case .readOnly: 0
    case .scopedReadWrite: 1
    case .readWrite: 2
    }
  }

  private func settings(_ account: String, _ before: [String: String], _ after: [String: String])
    -> [ManifestChange]
  {
    Set(before.keys).union(after.keys).sorted().compactMap { name in
      switch (before[name], after[name]) {
      case (nil, let value?):
        ManifestChange(.narrowing, account, name, "\(name) of \(account) is set to \(value)")
      case (let value?, nil):
        ManifestChange(.widening, account, name, "\(name) of \(account) is no longer set to \(value)")
      case (let from?, let to?):
        from == to
          ? nil
          : ManifestChange(.narrowing, account, name, "\(name) of \(account) is \(to) instead of \(from)")
      case (nil, nil): nil
      }
    }
  }

  // MARK: Grants

  private func grants(of account: String, _ before: [TableGrant], _ after: [TableGrant]) -> [ManifestChange] {
    let names = tables.map(\.name)
    return names.flatMap { table in
      TableVerb.allCases.flatMap { verb -> [ManifestChange] in
        let (from, to) = (find(before, verb, table), find(after, verb, table))
        switch (from, to) {
        case (nil, nil): return []
        case (nil, let grant?): return [gain(account, grant)]
        case (let grant?, nil): return [loss(account, grant)]
        case (let from?, let to?): return columns(account, from, to) + rows(account, from, to)
        }
      }
    }
  }

  private func find(_ grants: [TableGrant], _ verb: TableVerb, _ table: String) -> TableGrant? {
    grants.first { $0.verb == verb && $0.table == table }
  }

  private func gain(_ account: String, _ grant: TableGrant) -> ManifestChange {
    ManifestChange(.widening, account, grant.table, "\(account) gains \(grant.words)")
  }

  private func loss(_ account: String, _ grant: TableGrant) -> ManifestChange {
    ManifestChange(.breaking, account, grant.table, "\(account) loses \(grant.words)")
  }

  private func columns(_ account: String, _ from: TableGrant, _ to: TableGrant) -> [ManifestChange] {
    let all = tables.first { $0.name == to.table }?.columns.map(\.name) ?? []
    let gained = all.filter { to.columns.contains($0) && !from.columns.contains($0) }
    let lost = all.filter { from.columns.contains($0) && !to.columns.contains($0) }
    let verb = to.verb.rawValue
    return gained.map {
      ManifestChange(.widening, account, to.table, "\(account) gains \(verb) on \(to.table).\($0)")
    }
      + lost.map {
        ManifestChange(.breaking, account, to.table, "\(account) loses \(verb) on \(to.table).\($0)")
      }
  }

  /// Fewer rows to read are no error for a statement; a write outside of the rows is refused.
  private func rows(_ account: String, _ from: TableGrant, _ to: TableGrant) -> [ManifestChange] {
    guard from.rows != to.rows else { return [] }
    let place = "\(to.verb.rawValue) on \(to.table)"
    let lost: ManifestChange.Effect = to.verb == .select ? .narrowing : .breaking
    switch (from.rows, to.rows) {
    case (nil, nil): return []
    case (nil, let scope?):
      return [ManifestChange(lost, account, to.table, "\(account) has \(place) only within \(scope.words)")]
    case (let scope?, nil):
      return [
        ManifestChange(
          .widening, account, to.table,
          "\(account) gains \(place) on every row, not only within \(scope.words)")
      ]
    case (let before?, let after?):
      return [
        ManifestChange(.widening, account, to.table, "\(account) gains \(place) within \(after.words)"),
        ManifestChange(lost, account, to.table, "\(account) loses \(place) within \(before.words)"),
      ]
    }
  }
}

extension TableGrant {
  /// `select on users (id, role)`, `insert on events within source = connector`.
  package var words: String {
    var text = "\(verb.rawValue) on \(table)"
    if case .only(let names) = columns { text += " (\(names.joined(separator: ", ")))" }
    if let rows { text += " within \(rows.words)" }
    return text
  }
}

extension RowScope {
  /// `platform = twitch`.
  package var words: String { "\(column) = \(value)" }
}
