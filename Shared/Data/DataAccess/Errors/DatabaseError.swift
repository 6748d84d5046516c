/// Everything that can go wrong between a statement and its answer.
///
/// `description` is safe to show to anybody: it tells the kind, the operation and the engine's code, never SQL and
/// never a bound value. What the engine said in its own words is in ``detail``, for logs of operators alone.
package struct DatabaseError: Error, Sendable, Hashable {
  /// What happened, in terms that hold for every engine.
  package enum Kind: Sendable, Hashable {
    case permissionDenied(PermissionDenial)
    case uniqueViolation(constraint: String?)
    case foreignKeyViolation
    case checkViolation
    case notNullViolation
    case serializationFailure
    case deadlock
    case lockTimeout
    case statementTimeout
    /// The session ended while the statement was under way: whether a write took place is not known.
    case connectionLost
    case connectionRefused
    case authenticationFailed
    case tooManyConnections
    /// No connection came free in time; the text says who held them.
    case acquireTimeout(String)
    case shuttingDown
    case valueOutOfRange
    case invalidStatement
    /// A field did not hold what the statement's types promise.
    case decoding
    case other
  }

  /// What happened.
  package let kind: Kind
  /// SQLSTATE, errno or extended result code, as the engine gave it; empty where none was given.
  package let nativeCode: String
  /// What was being done, as ``Operation/description`` has it.
  package let operation: String
  /// Whether running the whole transaction again may succeed.
  package let isRetryable: Bool
  /// The engine's own words, which may quote values.
  package let detail: String?

  /// `isRetryable` follows from the kind unless the driver knows better.
  package init(
    _ kind: Kind, nativeCode: String = "", operation: String = "", isRetryable: Bool? = nil,
    detail: String? = nil
  ) {
    self.kind = kind
    self.nativeCode = nativeCode
    self.operation = operation
    self.isRetryable = isRetryable ?? kind.isRetryable
    self.detail = detail
  }

  /// What was read does not have the promised form; `problem` names the place and no value.
  package init(decoding problem: String) {
    self.init(.decoding, detail: problem)
  }

  /// The same error as of `operation`.
  package func during(_ operation: Operation) -> DatabaseError {
    DatabaseError(
      kind, nativeCode: nativeCode, operation: operation.description, isRetryable: isRetryable, detail: detail
    )
  }

  /// Whether a key that must be unique was taken.
  package var isUniqueViolation: Bool {
    if case .uniqueViolation = kind { true } else { false }
  }

  /// Whether the account has not the right.
  package var isPermissionDenied: Bool {
    if case .permissionDenied = kind { true } else { false }
  }

  /// Whether the database could not be reached or would not take more: trying again later may help.
  package var isUnavailability: Bool {
    switch kind {
    case .connectionLost, .connectionRefused, .tooManyConnections, .acquireTimeout, .shuttingDown: true
    case .permissionDenied, .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation,
      .serializationFailure, .deadlock, .lockTimeout, .statementTimeout, .authenticationFailed,
      .valueOutOfRange, .invalidStatement, .decoding, .other:
      false
    }
  }
}

/// Who was refused what, as far as the engine tells.
package struct PermissionDenial: Sendable, Hashable {
  /// The account that was refused.
  package let account: String
  /// What it tried.
  package let verb: Operation.Verb
  /// On which table, where the engine tells.
  package let table: String?
  /// On which column, where the engine tells.
  package let column: String?

  /// A refusal as far as it is known.
  package init(account: String, verb: Operation.Verb, table: String? = nil, column: String? = nil) {
    self.account = account
    self.verb = verb
    self.table = table
    self.column = column
  }
}
