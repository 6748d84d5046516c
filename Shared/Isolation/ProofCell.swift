/// One cell of the matrix: somebody, something, and whether it should work.
public struct ProofCell: Sendable, Hashable {
  /// Which half of the matrix it belongs to.
  public enum Side: String, Sendable, Hashable, Encodable {
    case database, cache
  }

  /// What the manifest says of the cell.
  public enum Expectation: String, Sendable, Hashable, Encodable {
    /// It works.
    case allowed
    /// It is refused, with the engine's word for a missing right.
    case denied
    /// It works and finds nothing: rows outside of an account's scope are as if they were not there.
    case unseen
  }

  public let side: Side
  /// Whose credentials are used.
  public let account: String
  /// The table, the schema, the role or the key space.
  public let object: String
  /// What is tried: a verb, a statement, or a command class and its command.
  public let verb: String
  /// The column, where the cell is about one.
  public let column: String?
  /// Which row, where the cell is about rows: `platform=discord`.
  public let row: String?
  /// What the manifest says.
  public let expected: Expectation

  /// A cell by its parts.
  public init(
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
public enum ProofOutcome: Sendable, Hashable {
  /// It worked.
  case allowed
  /// It worked and found nothing.
  case unseen
  /// It was refused for want of a right; the engine's code and words.
  case denied(code: String, said: String)
  /// It failed for another reason, so that nothing is known about the right.
  case failed(code: String, said: String)

  /// Whether this is what was expected.
  public func meets(_ expected: ProofCell.Expectation) -> Bool {
    switch (self, expected) {
    case (.allowed, .allowed), (.denied, .denied), (.unseen, .unseen): true
    case (.allowed, _), (.unseen, _), (.denied, _), (.failed, _): false
    }
  }

  /// What happened, in a word or two, with the engine's native code.
  public var words: String {
    switch self {
    case .allowed: "allowed"
    case .unseen: "no row"
    case .denied(let code, _): "denied (\(code))"
    case .failed(let code, let said): "failed (\(code)): \(said)"
    }
  }
}

/// A cell and what came of it.
public struct ProofResult: Sendable, Hashable {
  public let cell: ProofCell
  public let outcome: ProofOutcome

  /// Whether the engine did what the manifest says.
  public var isAsDeclared: Bool { outcome.meets(cell.expected) }
}
