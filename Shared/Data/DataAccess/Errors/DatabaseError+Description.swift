extension DatabaseError: CustomStringConvertible {
  /// `unique violation (23505) during insert users`.
  package var description: String {
    let code = nativeCode.isEmpty ? "" : " (\(nativeCode))"
    let place = operation.isEmpty ? "" : " during \(operation)"
    let problem = kind == .decoding ? detail.map { ": \($0)" } ?? "" : ""
    // A connection that was lost at rest, or during a read, leaves no doubt about writes.
    let doubt = mayHaveWritten && !operation.isEmpty ? "; whether a write took place is unknown" : ""
    return kind.summary + doubt + code + place + problem
  }

  /// The description and, after a search over several servers, the answer of each. Safe to show.
  package var report: String { description + (servers.map { ": \($0)" } ?? "") }

  /// The description and the engine's own message, for logs.
  ///
  /// Only for the failure of an attempt to connect: its message names host and port and quotes no value. The message of
  /// a statement may quote values.
  package var connectionReport: String { description + (detail.map { ": \($0)" } ?? "") }
}

extension DatabaseError.Kind {
  var isRetryable: Bool {
    switch self {
    case .serializationFailure, .deadlock: true
    case .permissionDenied, .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation,
      .lockTimeout, .statementTimeout, .cancelled, .connectionLost, .connectionRefused, .readOnlyServer,
      .storageFull,
      .unreadableFile, .authenticationFailed, .tooManyConnections, .acquireTimeout, .shuttingDown,
      .valueOutOfRange,
      .invalidStatement, .decoding,
      .other:
      false
    }
  }

  /// A short name for metrics, without the details of one error.
  var name: String {
    switch self {
    case .permissionDenied: "permission_denied"
    case .uniqueViolation: "unique_violation"
    case .foreignKeyViolation: "foreign_key_violation"
    case .checkViolation: "check_violation"
    case .notNullViolation: "not_null_violation"
    case .serializationFailure: "serialization_failure"
    case .deadlock: "deadlock"
    case .lockTimeout: "lock_timeout"
    case .statementTimeout: "statement_timeout"
    case .cancelled: "cancelled"
    case .connectionLost: "connection_lost"
    case .connectionRefused: "connection_refused"
    case .readOnlyServer: "read_only_server"
    case .storageFull: "storage_full"
    case .unreadableFile: "unreadable_file"
    case .authenticationFailed: "authentication_failed"
    case .tooManyConnections: "too_many_connections"
    case .acquireTimeout: "acquire_timeout"
    case .shuttingDown: "shutting_down"
    case .valueOutOfRange: "value_out_of_range"
    case .invalidStatement: "invalid_statement"
    case .decoding: "decoding"
    case .other: "other"
    }
  }

  var summary: String {
    switch self {
    case .permissionDenied(let denial): denial.description
    case .uniqueViolation(let constraint): "unique violation" + (constraint.map { " of \($0)" } ?? "")
    case .foreignKeyViolation: "foreign key violation"
    case .checkViolation: "check violation"
    case .notNullViolation: "a required value is missing"
    case .serializationFailure: "serialization failure"
    case .deadlock: "deadlock"
    case .lockTimeout: "lock timeout"
    case .statementTimeout: "statement timeout"
    case .cancelled: "cancelled"
    case .connectionLost: "the connection was lost"
    case .connectionRefused: "the database cannot be reached"
    case .readOnlyServer: "the database is read-only"
    case .storageFull: "the database's disk is full"
    case .unreadableFile: "the database file is damaged, or was emptied or written over"
    case .authenticationFailed: "the database refused the account's credentials"
    case .tooManyConnections: "the database accepts no more connections"
    case .acquireTimeout(let diagnosis): "no connection became free in time: \(diagnosis)"
    case .shuttingDown: "the connection pool is shutting down"
    case .valueOutOfRange: "a value is out of range"
    case .invalidStatement: "the statement is not valid"
    case .decoding: "a field could not be read"
    case .other: "the database reported an error"
    }
  }
}

extension PermissionDenial: CustomStringConvertible {
  /// `permission denied: connector-rw may not select users.email`.
  package var description: String {
    let object = table.map { table in " " + table + (column.map { "." + $0 } ?? "") } ?? ""
    switch verb {
    case .select, .insert, .update, .delete:
      return "permission denied: \(account) may not \(verb.rawValue)\(object)"
    case .other:
      return "permission denied to \(account)" + (object.isEmpty ? "" : " on\(object)")
    }
  }
}
