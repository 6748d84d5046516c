/// An undeclared right that no cell of the proof shows. The proof has no password of another login and no further password
/// of an account, and it uses no right whose use has an effect.
///
/// The administrator's comparison names it. Without these, "no violations" would mean less than it says.
package struct UntriedRight: Sendable, Hashable {
  /// The holder.
  package let account: String
  /// The role, the key space or the object.
  package let object: String
  /// The right in one word or two: `REPLICATION`, `password`.
  package let right: String

  /// The column of a right on one column; otherwise nil.
  package let column: String?

  /// Creates a right.
  package init(account: String, object: String, right: String, column: String? = nil) {
    self.account = account
    self.object = object
    self.right = right
    self.column = column
  }

  /// Whether the result of a cell shows the right already: its holder, or for a right of everyone any account, used it.
  func isShown(by result: ProofResult) -> Bool {
    let cell = result.cell
    guard !result.matchesManifest, cell.account == account || account == Self.everyone else { return false }
    if cell.isFailingLogin { return right == Self.password }
    if right == Self.otherPassword { return cell.verb == DatabaseProver.connect }
    return cell.object == object && cell.verb == right.lowercased()
      && (column == nil || cell.column == column)
  }

  /// The right of an account that has another password than its credential's, possibly on one node of a cluster alone: the
  /// proof logs in on one.
  package static let otherPassword = "another password"

  /// The right of everyone who reaches the server to an account's login.
  private static let password = "PASSWORD"

  private static let everyone = "PUBLIC"

  /// Reads the rights of others from a server, as its administrator.
  package typealias Reader = @Sendable () async throws -> [UntriedRight]
}

/// The cells of the rights that others hold.
struct UntriedRights: Sendable {
  let results: [ProofResult]

  /// The name of everybody without a password of the proof's in reports.
  static let others = "others"

  /// Reads the rights. An error of the reader is a result, too: what others may do is then unknown. `isChosen` selects
  /// accounts of the manifest where the proof is limited to some, and `tried` are the results of its cells.
  init(
    _ side: ProofCell.Side, _ read: UntriedRight.Reader, tried: [ProofResult] = [], isChosen: (String) -> Bool
  ) async {
    let none = ProofCell(
      side, account: Self.others, object: "server", verb: "hold an undeclared right", expected: .unseen)
    do {
      let rights = try await read().filter { right in
        isChosen(right.account) && !tried.contains(where: right.isShown)
      }
      results =
        rights.isEmpty
        ? [ProofResult(cell: none, outcome: .unseen)]
        : rights.map { right in
          let cell = ProofCell(
            side, account: right.account, object: right.object, verb: "hold \(right.right)",
            column: right.column, expected: .unseen)
          return ProofResult(cell: cell, outcome: .allowed)
        }
    } catch {
      results = [ProofResult(cell: none, outcome: ProofOutcome(ofPreparation: error, code: "administrator"))]
    }
  }
}

extension ProofCell {
  /// What the administrator does before the cells of rows.
  static let insertingRows = "insert the proof's rows"

  /// Whether it is no right of an account of the manifest: a login that must fail, or a right of others.
  package var isOfOthers: Bool { isFailingLogin || verb.hasPrefix("hold ") }
}
