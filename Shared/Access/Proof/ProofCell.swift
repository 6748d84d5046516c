/// One cell of the access matrix: an account, an operation on an object, and the expected outcome.
package struct ProofCell: Sendable, Hashable {
  /// The half of the matrix that a cell belongs to.
  package enum Side: String, Sendable, Hashable, Encodable {
    case database, cache
  }

  /// The outcome that the manifest demands.
  package enum Expectation: String, Sendable, Hashable, Encodable {
    /// The operation succeeds.
    case allowed
    /// The engine refuses the operation with its error for a missing privilege.
    case denied
    /// The operation succeeds and finds no row: rows outside of an account's scope are invisible.
    case unseen
    /// The operation succeeds: a known residue, which the engine leaves open.
    case open
  }

  package let side: Side
  /// The account whose credentials the proof uses.
  package let account: String
  /// The table, the schema, the role or the key space.
  package let object: String
  /// The operation: a verb, a statement, or a command class and its command.
  package let verb: String
  /// The column of a cell on one column; otherwise nil.
  package let column: String?
  /// The row of a cell on one row, for example `platform=twitch`; otherwise nil.
  package let row: String?
  /// The outcome that the manifest demands.
  package let expected: Expectation
  /// The known residue that the operation shows; otherwise nil.
  package let residue: String?

  /// Creates a cell.
  package init(
    _ side: Side, account: String, object: String, verb: String, column: String? = nil, row: String? = nil,
    expected: Expectation, residue: String? = nil
  ) {
    self.side = side
    self.account = account
    self.object = object
    self.verb = verb
    self.column = column
    self.row = row
    self.expected = expected
    self.residue = residue
  }
}

/// The engine's response to a cell.
package enum ProofOutcome: Sendable, Hashable {
  /// The operation succeeded.
  case allowed
  /// The operation succeeded and found no row.
  case unseen
  /// The engine refused the operation for a missing privilege, with this code and message.
  case denied(code: String, message: String)
  /// The operation failed for another reason, so its privilege stays unknown.
  case failed(code: String, message: String)
  /// The engine was busy, full, away or no primary, twice: the operation shows nothing about its privilege.
  case notTried(code: String, message: String)

  /// Whether this is the expected outcome.
  package func meets(_ expected: ProofCell.Expectation) -> Bool {
    switch (self, expected) {
    case (.allowed, .allowed), (.allowed, .open), (.denied, .denied), (.unseen, .unseen): true
    case (.allowed, _), (.unseen, _), (.denied, _), (.failed, _), (.notTried, _): false
    }
  }

  /// Whether the engine refused the operation for a missing privilege.
  var isDenied: Bool {
    if case .denied = self { true } else { false }
  }

  /// Whether the operation shows nothing about its privilege.
  package var isNotTried: Bool {
    if case .notTried = self { true } else { false }
  }

  /// The outcome in a few words, with the engine's native code.
  package var words: String {
    switch self {
    case .allowed: "allowed"
    case .unseen: "no row"
    case .denied(let code, _): "denied (\(code))"
    case .failed(let code, let message): "failed (\(code)): \(message)"
    case .notTried(let code, let message): "not tried\(code.isEmpty ? "" : " (\(code))"): \(message)"
    }
  }
}

/// A cell and its outcome.
package struct ProofResult: Sendable, Hashable {
  package let cell: ProofCell
  package let outcome: ProofOutcome
  /// The statements or the command that the engine was sent, with placeholders for values; empty for a login.
  package var statement = ""

  /// Whether the outcome matches the manifest.
  package var matchesManifest: Bool { outcome.meets(cell.expected) }
  /// Whether the engine does something else than the manifest says.
  package var isViolation: Bool { !matchesManifest && !outcome.isNotTried }
}
