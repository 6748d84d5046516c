import DataAccess

/// The codes of PostgreSQL's manual, appendix A, that this driver uses.
enum SQLState {
  static let queryCanceled = "57014"
  static let invalidPassword = "28P01"
  static let insufficientPrivilege = "42501"
  static let invalidAuthorization = "28000"
  static let connectionFailure = "08006"
  static let protocolViolation = "08P01"

  /// Returns the kind of an error by its state alone. The caller handles the states that need more information.
  static func kind(of state: String) -> DatabaseError.Kind {
    exactKinds[state] ?? classKinds[String(state.prefix(2))] ?? .other
  }

  private static let exactKinds: [String: DatabaseError.Kind] = [
    "25006": .readOnlyServer,
    "23502": .notNullViolation,
    "23503": .foreignKeyViolation,
    "23505": .uniqueViolation(constraint: nil),
    "23514": .checkViolation,
    "40001": .serializationFailure,
    "40P01": .deadlock,
    "53100": .storageFull,
    "53300": .tooManyConnections,
    "55P03": .lockTimeout,
    "57014": .statementTimeout,
    // Ended by an administrator, a server crash, a server that is starting, a dropped database, and the timeouts for
    // idle sessions.
    "57P01": .connectionLost,
    "57P02": .connectionLost,
    "57P03": .connectionLost,
    "57P04": .connectionLost,
    "57P05": .connectionLost,
    "25P03": .connectionLost,
  ]

  private static let classKinds: [String: DatabaseError.Kind] = [
    "08": .connectionLost,
    "22": .valueOutOfRange,
    "28": .authenticationFailed,
    "42": .invalidStatement,
  ]
}
