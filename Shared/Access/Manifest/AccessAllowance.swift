/// A part of the manifest that an allowance or a finding of the lint concerns.
package enum ManifestPlace: Sendable, Hashable {
  /// The manifest as a whole.
  case manifest
  /// An account of the database or of the cache.
  case account(String)
  /// The grant of a verb on a table. The holder is a service, or `everyone`.
  case grant(holder: String, table: String, verb: TableVerb)
}

/// A rule of the lint that the manifest switches off at one place, with the reason.
package struct AccessAllowance: Sendable, Hashable {
  /// The rule's name, as the manifest writes it. The lint reports a name that no rule has.
  package let rule: String
  /// Why the finding is intended. A blank reason switches nothing off, and is a finding.
  package let reason: String
  /// The line in the manifest.
  package let line: Int?
  /// Where the rule is off: several places where one key names several verbs.
  package let places: Set<ManifestPlace>

  /// Creates an allowance.
  package init(rule: String, reason: String, line: Int?, places: Set<ManifestPlace>) {
    self.rule = rule
    self.reason = reason
    self.line = line
    self.places = places
  }

  /// Whether the manifest says why.
  package var hasReason: Bool { reason.contains { !$0.isWhitespace } }

  /// Whether it names the rule, at one of these places.
  package func switchesOff(_ name: String, at places: [ManifestPlace]) -> Bool {
    rule == name && !self.places.isDisjoint(with: places)
  }
}

/// What the manifest declares for the lint alone: it grants nothing.
package struct LintDeclarations: Sendable, Hashable {
  /// Rules that are switched off.
  package var allowances: [AccessAllowance] = []
  /// The columns whose values open something: passwords, tokens, keys. By table.
  package var secretColumns: [String: [String]] = [:]
  /// The connections that the database server accepts; nil where the manifest does not declare them.
  package var serverConnections: Int?
  /// The line of each account.
  package var accountLines: [String: Int] = [:]

  /// Creates declarations that declare nothing.
  package init() {}
}

extension AccessManifest {
  /// The line of a place; nil for the manifest as a whole.
  package func line(of place: ManifestPlace) -> Int? {
    switch place {
    case .manifest: nil
    case .account(let name): lint.accountLines[name]
    case .grant(let holder, let table, let verb):
      places[GrantPlace(holder: holder, table: table, verb: verb)]
    }
  }

  /// The place of an account's grant: that of its service, or of everyone where the grant comes from there.
  package func place(of grant: TableGrant, for account: DatabaseAccount) -> ManifestPlace {
    let own = GrantPlace(holder: account.service, table: grant.table, verb: grant.verb)
    let everyone = GrantPlace(holder: GrantPlace.everyone, table: grant.table, verb: grant.verb)
    let holder = places[own] == nil && places[everyone] != nil ? GrantPlace.everyone : account.service
    return .grant(holder: holder, table: grant.table, verb: grant.verb)
  }
}
