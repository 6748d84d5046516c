import AccessManifest
import AccessPlanning
import DataAccess
import SQLiteDriver

/// Compares the rights stored in an SQLite file with the manifest, and plans their correction. Pure.
package struct SQLiteComparison: Sendable {
  let declared: [String: SQLiteRights]
  /// The stored rows by account; nil when the file has no table of rights.
  let actual: [String: String]?
  private let focus: AccessFocus

  /// Compares the manifest with the stored rows, and plans for the accounts of `focus`.
  package init(
    manifest: AccessManifest, actual: [String: String]?, focus: AccessFocus = .everything
  ) {
    self.focus = focus
    declared = Dictionary(
      manifest.databaseAccounts.map { ($0.name, SQLiteRights(declaredFor: $0)) },
      uniquingKeysWith: { first, _ in first })
    self.actual = actual
  }

  /// Every deviation, by account.
  package var deviations: [Deviation] {
    accounts.flatMap { deviations(of: $0) }
  }

  /// The statements that correct the file, each with its reason.
  package var plan: AccessPlan {
    var steps: [PlannedStep] = []
    if actual == nil {
      steps.append(
        PlannedStep(
          SQLiteRights.createTableSQL.split(separator: "\n").joined(separator: " "),
          reason: "the file has no table of rights"))
    }
    for account in accounts where focus.covers(account: account) {
      let found = deviations(of: account)
      guard !found.isEmpty else { continue }
      let reason = found.map(\.message).joined(separator: "; ")
      steps.append(PlannedStep(statement(for: account), reason: reason))
    }
    return AccessPlan(steps: steps, leftOut: focus.leftOut(of: deviations))
  }

  private var accounts: [String] {
    Set(declared.keys).union((actual ?? [:]).keys).sorted()
  }

  private func statement(for account: String) -> String {
    let name = Self.literal(account)
    guard let rights = declared[account], let json = try? rights.json() else {
      return "DELETE FROM \(SQLiteRights.tableName) WHERE account = \(name)"
    }
    return "INSERT INTO \(SQLiteRights.tableName) (account, rights) VALUES (\(name), \(Self.literal(json))) "
      + "ON CONFLICT (account) DO UPDATE SET rights = excluded.rights"
  }

  private static func literal(_ text: String) -> String { Dialect.sqlite.literal(text) }

  // MARK: One account

  private func deviations(of account: String) -> [Deviation] {
    switch (declared[account], actual?[account]) {
    case (nil, nil): []
    case (nil, _?): [Self.undeclared(account)]
    case (_?, nil): [Self.missing(account)]
    case (let rights?, let row?):
      if let stored = try? SQLiteRights(json: row) {
        Self.differences(of: account, declared: rights, stored: stored)
      } else {
        [Self.unreadable(account)]
      }
    }
  }

  private static func differences(
    of account: String, declared: SQLiteRights, stored: SQLiteRights
  ) -> [Deviation] {
    let excess = stored.pieces.subtracting(declared.pieces).sorted { $0.sortKey < $1.sortKey }
    let missing = declared.pieces.subtracting(stored.pieces).sorted { $0.sortKey < $1.sortKey }
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
