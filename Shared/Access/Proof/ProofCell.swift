/// One cell of the matrix: somebody, something, and whether it should work.
package struct ProofCell: Sendable, Hashable {
  /// Which half of the matrix it belongs to.
  package enum Side: String, Sendable, Hashable, Encodable {
    case database, cache
  }

  /// What the manifest says of the cell.
  package enum Expectation: String, Sendable, Hashable, Encodable {
    /// It works.
    case allowed
    /// It is refused, with the engine's word for a missing right.
    case denied
    /// It works and finds nothing: rows outside of an account's scope are as if they were not there.
    case unseen
  }

  package let side: Side
  /// Whose credentials are used.
  package let account: String
  /// The table, the schema, the role or the key space.
  package let object: String
  /// What is tried: a verb, a statement, or a command class and its command.
  package let verb: String
  /// The column, where the cell is about one.
  package let column: String?
  /// Which row, where the cell is about rows: `platform=discord`.
  package let row: String?
  /// What the manifest says.
  package let expected: Expectation

  /// A cell by its parts.
  package init(
    _ side: Side, account: String, object: String, verb: String, column: String? = nil, row: String? = nil,
    expected: Expectation
  ) {
    self.side = side
    self.account = account
    self.object = object
    self.verb = verb
    self.column = column
    self.row = row
    self.expected = expected
  }
}

/// What an engine did when a cell was tried.
package enum ProofOutcome: Sendable, Hashable {
  /// It worked.
  case allowed
  /// It worked and found nothing.
  case unseen
  /// It was refused for want of a right; the engine's code and words.
  case denied(code: String, said: String)
  /// It failed for another reason, so that nothing is known about the right.
  case failed(code: String, said: String)

  /// Whether this is what was expected.
  package func meets(_ expected: ProofCell.Expectation) -> Bool {
    switch (self, expected) {
    case (.allowed, .allowed), (.denied, .denied), (.unseen, .unseen): true
    case (.allowed, _), (.unseen, _), (.denied, _), (.failed, _): false
    }
  }

  /// Whether the engine refused it for want of a right.
  var isDenied: Bool {
    if case .denied = self { true } else { false }
  }

  /// What happened, in a word or two, with the engine's native code.
  package var words: String {
    switch self {
    case .allowed: "allowed"
    case .unseen: "no row"
    case .denied(let code, _): "denied (\(code))"
    case .failed(let code, let said): "failed (\(code)): \(said)"
    }
  }
}

/// A cell and what came of it.
package struct ProofResult: Sendable, Hashable {
  package let cell: ProofCell
  package let outcome: ProofOutcome

  /// Whether the engine did what the manifest says.
  package var isAsDeclared: Bool { outcome.meets(cell.expected) }
}
