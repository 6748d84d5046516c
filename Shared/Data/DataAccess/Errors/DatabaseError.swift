/// Every failure between a statement and its result.
///
/// `description` is safe to show to clients: it contains the kind, the operation and the engine's code, never SQL and
/// never a bound value. The engine's own message is in ``detail``, for the operators' logs only.
package struct DatabaseError: Error, Sendable, Hashable {
  /// The kind of failure, in the terms of every engine.
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
    /// The statement's caller has ended: its client is gone, or the request's time has passed. No limit of the database did.
    case cancelled
    /// The session ended during the statement; see ``DatabaseError/mayHaveWritten``.
    case connectionLost
    case connectionRefused
    /// The database takes no writes: the server is a standby or was made read-only, or the file may not be written.
    case readOnlyServer
    /// The engine cannot store more: its disk is full, or the file has reached its limit. Reads succeed.
    case storageFull
    /// The database file is damaged, or was emptied or written over while it was open.
    case unreadableFile
    case authenticationFailed
    case tooManyConnections
    /// No connection became free in time; the text names the holders.
    case acquireTimeout(String)
    case shuttingDown
    case valueOutOfRange
    case invalidStatement
    /// A field does not have the type that the statement declares.
    case decoding
    case other
  }

  /// The kind of failure.
  package let kind: Kind
  /// The engine's SQLSTATE, errno or extended result code; empty without one.
  package let nativeCode: String
  /// The failed operation, as in ``Operation/description``.
  package let operation: String
  /// Whether the whole transaction may succeed when it runs again.
  package let isRetryable: Bool
  /// The engine's own message, which may quote values.
  package let detail: String?
  /// The row that could not be read, for an error of kind ``Kind/decoding`` that concerns a single row.
  package let row: UnreadableRow?
  /// Whether the statement certainly changed no row: it only reads, it was not sent, or its transaction was undone. An
  /// error whose statement is unknown leaves that open.
  package let isWithoutEffect: Bool
  /// What each server answered to a search over several of them: its name with the kind and code of its refusal. Safe to
  /// show, as ``description``.
  package let servers: String?

  /// `isRetryable` follows from the kind unless the driver sets it.
  package init(
    _ kind: Kind, nativeCode: String = "", operation: String = "", isRetryable: Bool? = nil,
    detail: String? = nil, row: UnreadableRow? = nil, isWithoutEffect: Bool = false, servers: String? = nil
  ) {
    self.kind = kind
    self.nativeCode = nativeCode
    self.operation = operation
    self.isRetryable = isRetryable ?? kind.isRetryable
    self.detail = detail
    self.row = row
    self.isWithoutEffect = isWithoutEffect
    self.servers = servers
  }

  /// A field or document does not have the declared form; `problem` names the place and no value.
  package init(decoding problem: String) {
    self.init(.decoding, detail: problem)
  }

  /// The same error of a query that was sent: with its name, and without an effect where the query has none.
  package func during(_ query: Query) -> DatabaseError {
    copy(operation: query.operation.description, isWithoutEffect: isWithoutEffect || !query.mayWrite)
  }

  /// The same error of a statement that changed nothing: it only reads, or it was not sent.
  package func withoutEffect(of operation: Operation) -> DatabaseError {
    copy(operation: operation.description, isWithoutEffect: true)
  }

  /// The same error with this detail.
  package func with(detail: String) -> DatabaseError { copy(detail: detail) }

  /// The same error, whose detail goes on with the notes.
  package func adding(_ notes: [String]) -> DatabaseError {
    notes.isEmpty ? self : with(detail: ([detail ?? description] + notes).joined(separator: "; "))
  }

  /// The same error with some of its parts replaced.
  func copy(
    operation: String? = nil, detail: String? = nil, isWithoutEffect: Bool? = nil
  ) -> DatabaseError {
    DatabaseError(
      kind, nativeCode: nativeCode, operation: operation ?? self.operation, isRetryable: isRetryable,
      detail: detail ?? self.detail, row: row, isWithoutEffect: isWithoutEffect ?? self.isWithoutEffect,
      servers: servers)
  }

  /// Whether another row has the same unique key.
  package var isUniqueViolation: Bool {
    if case .uniqueViolation = kind { true } else { false }
  }

  /// Whether the account lacks the right.
  package var isPermissionDenied: Bool {
    if case .permissionDenied = kind { true } else { false }
  }

  /// Whether the connection or its file was lost during a statement that may have changed rows (``Query/mayWrite``), or
  /// during a COMMIT. A statement that a server refused to begin changed nothing, and may run again.
  package var mayHaveWritten: Bool {
    (kind == .connectionLost || kind == .unreadableFile) && !isRetryable && !isWithoutEffect
  }

  /// Whether the server checked the login and refused it.
  package var isRefusedLogin: Bool { kind == .authenticationFailed }

  /// Whether the server let the account into no database, for a reason that may lie in the account: its login, its right to
  /// connect, or its own limit of connections. A superuser gets in all the same.
  package var isRefusedEntry: Bool {
    switch kind {
    case .authenticationFailed: true
    case .permissionDenied, .tooManyConnections: operation == Self.connecting
    case .connectionLost, .connectionRefused, .readOnlyServer, .storageFull, .unreadableFile, .acquireTimeout,
      .shuttingDown, .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation,
      .serializationFailure, .deadlock, .lockTimeout, .statementTimeout, .cancelled, .valueOutOfRange,
      .invalidStatement, .decoding, .other:
      false
    }
  }

  /// The operation of an error that ended the attempt at a connection.
  package static let connecting = "connect"

  /// Whether the database was unreachable, refused the credential, took no writes or was at its limit, so that a later
  /// attempt may succeed.
  package var isUnavailability: Bool {
    switch kind {
    case .connectionLost, .connectionRefused, .readOnlyServer, .storageFull, .unreadableFile,
      .authenticationFailed, .tooManyConnections, .acquireTimeout, .shuttingDown:
      true
    case .permissionDenied, .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation,
      .serializationFailure, .deadlock, .lockTimeout, .statementTimeout, .cancelled, .valueOutOfRange,
      .invalidStatement, .decoding, .other:
      false
    }
  }
}

/// A refused right, as far as the engine reports it.
package struct PermissionDenial: Sendable, Hashable {
  /// The refused account.
  package let account: String
  /// The refused verb.
  package let verb: Operation.Verb
  /// The table, where the engine reports it.
  package let table: String?
  /// The column, where the engine reports it.
  package let column: String?

  /// A refusal, as far as it is known.
  package init(account: String, verb: Operation.Verb, table: String? = nil, column: String? = nil) {
    self.account = account
    self.verb = verb
    self.table = table
    self.column = column
  }
}
