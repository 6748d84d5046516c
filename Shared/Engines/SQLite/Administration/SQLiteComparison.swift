import AccessManifest
import AccessPlanning
import DataAccess
import SQLiteDriver

/// Compares the rights stored in an SQLite file with the manifest, and plans their correction. Pure.
package struct SQLiteComparison: Sendable {
  let declared: [String: SQLiteRights]
  /// The stored rows by account, without those that the manifest leaves to others; nil when the file has no table of
  /// rights.
  let actual: [String: String]?
  /// What the table of rights and its file have beside what this tool makes.
  let place: SQLiteRightsPlace
  private let focus: AccessFocus
  private let mode: AccessScope.Mode
  /// The rows of others in a table of rights that is made anew; nil where they cannot be kept.
  private let kept: [String: String]?

  /// Compares the manifest with the stored rows, and plans for the accounts of `focus`. `former` are the rows of a table
  /// with faults; nil where they cannot be read.
  package init(
    manifest: AccessManifest, actual: [String: String]?, place: SQLiteRightsPlace = SQLiteRightsPlace(),
    former: [String: [String]]? = [:], focus: AccessFocus = .everything
  ) {
    self.place = place
    self.focus = focus
    declared = Dictionary(
      manifest.databaseAccounts.map { ($0.name, SQLiteRights(declaredFor: $0)) },
      uniquingKeysWith: { first, _ in first })
    let scope = manifest.scope
    mode = scope.mode
    self.actual = actual.map { rows in rows.filter { !scope.roles.cover($0.key) } }
    kept = Self.rowsOfOthers(former, in: manifest)
  }

  /// The rows that the scope leaves to others; nil where one of them is unknown or has several values.
  private static func rowsOfOthers(
    _ rows: [String: [String]]?, in manifest: AccessManifest
  ) -> [String: String]? {
    let scope = manifest.scope
    guard let rows else { return scope.mode == .strict && scope.roles.isEmpty ? [:] : nil }
    let others = rows.filter { account, _ in
      manifest.databaseAccount(named: account) == nil && (scope.mode != .strict || scope.roles.cover(account))
    }
    return others.values.allSatisfy { $0.count == 1 } ? others.compactMapValues(\.first) : nil
  }

  /// Every deviation: of the file, of the table, and then by account.
  package var deviations: [Deviation] {
    place.fileDeviations + accounts.flatMap { deviations(of: $0) }
  }

  /// What a plan for this focus would have to mend.
  var relevant: [Deviation] { deviations.filter { !$0.isNote && focus.covers($0) } }

  /// The statements that correct the file, each with its reason.
  package var plan: AccessPlan {
    let unmended = (place.fileDeviations + watched).filter { !$0.isNote && focus.covers($0) }
    let leftOut = focus.leftOut(of: deviations)
    guard place.faults.isEmpty else {
      // A new table loses the rows of all accounts.
      guard let kept, accounts.allSatisfy(focus.covers(account:)) else {
        return AccessPlan(unmended: relevant, leftOut: leftOut)
      }
      return AccessPlan(steps: rebuilding(keeping: kept), unmended: unmended, leftOut: leftOut)
    }
    var steps: [PlannedStep] = []
    if actual == nil {
      steps.append(PlannedStep(SQLiteRights.createTableSQL, reason: "the file has no table of rights"))
    }
    for account in accounts where focus.covers(account: account) {
      let found = mendable(deviations(of: account))
      guard !found.isEmpty, let statement = statement(for: account) else { continue }
      let reason = found.map(\.message).joined(separator: "; ")
      steps.append(PlannedStep(statement, reason: reason))
    }
    return AccessPlan(steps: steps, unmended: unmended, leftOut: leftOut)
  }

  /// The deviations that stay, because the mode takes nothing away.
  private var watched: [Deviation] {
    guard mode == .additive, place.faults.isEmpty else { return [] }
    return accounts.flatMap { account in
      let found = deviations(of: account)
      return statement(for: account) == nil ? found : found.filter { $0.kind == .excess }
    }
  }

  private func mendable(_ deviations: [Deviation]) -> [Deviation] {
    deviations.filter { !$0.isNote && (mode != .additive || $0.kind != .excess) }
  }

  private func rebuilding(keeping kept: [String: String]) -> [PlannedStep] {
    let reason = place.faults.map { "the table of rights \($0)" }.joined(separator: "; ")
    let made = place.relations.map { PlannedStep("DROP \($0) \(SQLiteRights.tableName)", reason: reason) }
    let rows = declared.compactMapValues { try? $0.json() }.merging(kept) { own, _ in own }
    return made + [PlannedStep(SQLiteRights.createTableSQL, reason: reason)]
      + rows.sorted { $0.key < $1.key }.map {
        PlannedStep(SQLiteRights.storing($0.value, of: $0.key), reason: "the table of rights is made anew")
      }
  }

  private var accounts: [String] {
    Set(declared.keys).union((actual ?? [:]).keys).sorted()
  }

  /// The statement that mends the account's row; nil where the mode leaves it as it is.
  private func statement(for account: String) -> String? {
    guard let rights = declared[account] else {
      return mode == .strict ? SQLiteRights.removing(account) : nil
    }
    guard mode == .additive, let stored = stored(account) else {
      return (try? rights.json()).map { SQLiteRights.storing($0, of: account) }
    }
    let sum = rights.added(to: stored)
    guard sum != stored else { return nil }
    return (try? sum.json()).map { SQLiteRights.storing($0, of: account) }
  }

  /// The stored rights; nil where there are none, or unreadable ones, which give nothing.
  private func stored(_ account: String) -> SQLiteRights? {
    actual?[account].flatMap { try? SQLiteRights(json: $0) }
  }

  // MARK: One account

  private func deviations(of account: String) -> [Deviation] {
    let isOurs = declared[account] != nil || mode == .strict
    guard place.faults.isEmpty else {
      return place.tableDeviations(of: account).map { isOurs ? $0 : $0.asNote }
    }
    return switch (declared[account], actual?[account]) {
    case (nil, nil): []
    case (nil, _?): [isOurs ? Self.undeclared(account) : Self.undeclared(account).asNote]
    case (_?, nil): [Self.missing(account)]
    case (let rights?, let row?):
      if let stored = try? SQLiteRights(json: row) {
        differences(of: account, declared: rights, stored: stored)
      } else {
        [Self.unreadable(account)]
      }
    }
  }

  /// Where nothing is taken away, a wider right stands for the one that the manifest declares.
  private func differences(
    of account: String, declared: SQLiteRights, stored: SQLiteRights
  ) -> [Deviation] {
    let excess = stored.pieces.subtracting(declared.pieces).sorted { $0.sortKey < $1.sortKey }
    let missing = declared.pieces.subtracting(stored.pieces).sorted { $0.sortKey < $1.sortKey }
      .filter { piece in mode != .additive || !stored.pieces.contains { $0.covers(piece) } }
    return excess.map { piece in
      Deviation(
        .excess, account: account, object: piece.table, privilege: piece.verb.rawValue.uppercased(),
        column: piece.column, message: "\(account) holds \(piece.text), which the manifest does not declare")
    }
      + missing.map { piece in
        Deviation(
          .missing, account: account, object: piece.table, privilege: piece.verb.rawValue.uppercased(),
          column: piece.column, message: "\(account) lacks \(piece.text)")
      }
  }

  private static func undeclared(_ account: String) -> Deviation {
    Deviation(
      .excess, account: account, object: SQLiteRights.tableName, privilege: "ACCOUNT",
      message: "the file has rights for \(account), which the manifest does not list")
  }

  private static func missing(_ account: String) -> Deviation {
    Deviation(
      .missing, account: account, object: SQLiteRights.tableName, privilege: "ACCOUNT",
      message: "the file has no rights for \(account)")
  }

  private static func unreadable(_ account: String) -> Deviation {
    Deviation(
      .different, account: account, object: SQLiteRights.tableName, privilege: "ACCOUNT",
      message: "the stored rights of \(account) are unreadable")
  }
}
