import AccessManifest
import Schema

/// Checks a manifest against the rules: a pure function of the manifest, the schema, and, where they were read, facts of
/// the live database.
package struct AccessLint: Sendable {
  /// The rows from which a table without an index on its scope's column is reported.
  package static let largeTableRows = 100_000
  /// The connections of `bulkhead` itself beside those of the services.
  package static let administratorConnections = 3
  /// The connections that a server keeps for superusers by default (`superuser_reserved_connections`).
  package static let reservedConnections = 3

  /// The connections that the accounts' limits add up to, with those of `bulkhead`.
  package static func wantedConnections(of manifest: AccessManifest) -> Int {
    manifest.databaseAccounts.compactMap(\.limits.connections).reduce(administratorConnections, +)
  }

  let manifest: AccessManifest
  let tables: [TableDefinition]
  let live: LiveAccessFacts?
  private let tablesByName: [String: TableDefinition]
  private let reads: [Holding: TableGrant]

  /// An account and a table: a manifest may have hundreds of each.
  private struct Holding: Hashable {
    let account: String
    let table: String
  }

  /// Creates a lint. The tables are the manifest's unless others are given. Without live facts, the rules that need them find nothing.
  package init(
    _ manifest: AccessManifest, tables declared: [TableDefinition]? = nil, live: LiveAccessFacts? = nil
  ) {
    let tables = declared ?? manifest.tables
    self.manifest = manifest
    self.tables = tables
    self.live = live
    tablesByName = Dictionary(tables.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var reads: [Holding: TableGrant] = [:]
    for account in manifest.databaseAccounts {
      for grant in account.grants where grant.verb == .select {
        reads[Holding(account: account.name, table: grant.table)] = grant
      }
    }
    self.reads = reads
  }

  /// The findings in the order of their lines, then of the rules.
  package func report() -> AccessLintReport {
    let hits = grantHits + sharingHits + accountHits + liveHits
    let findings = hits.map { finding($0, allowed: reason($0)) } + misused(hits)
    let ordered = findings.enumerated().sorted { left, right in
      (left.element.line ?? 0, left.offset) < (right.element.line ?? 0, right.offset)
    }.map(\.element)
    return AccessLintReport(
      findings: ordered.filter { $0.allowed == nil }, allowed: ordered.filter { $0.allowed != nil })
  }

  func table(named name: String) -> TableDefinition? { tablesByName[name] }

  /// The account's grant of select on a table.
  func read(of table: String, by account: DatabaseAccount) -> TableGrant? {
    reads[Holding(account: account.name, table: table)]
  }

  // MARK: Allowances

  private func reason(_ hit: AccessHit) -> String? {
    manifest.lint.allowances.first { $0.hasReason && $0.switchesOff(hit) }?.reason
  }

  /// A switch without a reason, or without effect, is a violation. Without live facts, those of the live rules may be in
  /// use.
  private func misused(_ hits: [AccessHit]) -> [AccessFinding] {
    manifest.lint.allowances.compactMap { allowance in
      guard allowance.hasReason else {
        return misuse(.allowanceWithoutReason, allowance, "the allowance of \(allowance.rule) has no reason")
      }
      guard let rule = AccessRule(rawValue: allowance.rule) else {
        let known = AccessRule.allCases.filter(\.canBeAllowed).map(\.rawValue)
        return misuse(
          .unusedAllowance, allowance,
          "no rule has the name '\(allowance.rule)'\(Spelling.hint(for: allowance.rule, among: known))")
      }
      if hits.contains(where: allowance.switchesOff) || (live == nil && rule.needsLiveFacts) { return nil }
      return misuse(.unusedAllowance, allowance, "the allowance of \(rule.rawValue) switches nothing off")
    }
  }

  private func misuse(_ rule: AccessRule, _ allowance: AccessAllowance, _ message: String) -> AccessFinding {
    AccessFinding(
      rule: rule, account: nil, object: nil, message: message, line: allowance.line, allowed: nil)
  }

  private func finding(_ hit: AccessHit, allowed: String?) -> AccessFinding {
    AccessFinding(
      rule: hit.rule, account: hit.account, object: hit.object, message: hit.message,
      line: hit.places.lazy.compactMap(manifest.line).first, allowed: allowed)
  }
}

extension AccessAllowance {
  fileprivate func switchesOff(_ hit: AccessHit) -> Bool {
    hit.rule.canBeAllowed && switchesOff(hit.rule.rawValue, at: hit.places)
  }
}

extension AccessRule {
  /// Whether the rule has findings that only live facts show.
  var needsLiveFacts: Bool {
    switch self {
    case .unusableRowScope, .hiddenColumnGrant, .rowsByAnotherWay, .tooManyConnections, .looseDefiner,
      .unindexedRowScope:
      true
    case .writeWithoutRead, .excessiveLevel, .sharedWriters, .readableSecret, .tellingUniqueKey,
      .tellingReference, .nullableRowScope,
      .shadowedKeys, .unusedAccount, .allowanceWithoutReason, .unusedAllowance:
      false
    }
  }
}
