/// An undeclared right that the proof cannot try, because it has no password of the holder: another login, or a further
/// password of an account.
///
/// The administrator's comparison names it. Without these, "no violations" would mean less than it says.
package struct UntriedRight: Sendable, Hashable {
  /// The holder.
  package let account: String
  /// The role, the key space or the object.
  package let object: String
  /// The right in one word or two: `REPLICATION`, `password`.
  package let right: String

  /// Creates a right.
  package init(account: String, object: String, right: String) {
    self.account = account
    self.object = object
    self.right = right
  }

  /// Reads the rights of others from a server, as its administrator.
  package typealias Reader = @Sendable () async throws -> [UntriedRight]
}

/// The cells of the rights that others hold.
struct UntriedRights: Sendable {
  let results: [ProofResult]

  /// The name of everybody without a password of the proof's in reports.
  static let others = "others"

  /// Reads the rights. An error of the reader is a result, too: what others may do is then unknown. `isChosen` selects
  /// accounts of the manifest where the proof is limited to some.
  init(_ side: ProofCell.Side, _ read: UntriedRight.Reader, isChosen: (String) -> Bool) async {
    let none = ProofCell(
      side, account: Self.others, object: "server", verb: "hold an undeclared right", expected: .unseen)
    do {
      let rights = try await read().filter { isChosen($0.account) }
      results =
        rights.isEmpty
        ? [ProofResult(cell: none, outcome: .unseen)]
        : rights.map { right in
          let cell = ProofCell(
            side, account: right.account, object: right.object, verb: "hold \(right.right)",
            expected: .unseen)
          return ProofResult(cell: cell, outcome: .allowed)
        }
    } catch {
      results = [ProofResult(cell: none, outcome: .failed(code: "administrator", message: "\(error)"))]
    }
  }
}

extension ProofCell {
  /// Whether it is no right of an account of the manifest: a login that must fail, or a right of others.
  package var isOfOthers: Bool { isFailingLogin || verb.hasPrefix("hold ") }
}
