import DataAccess

/// The codes of PostgreSQL's manual, appendix A, that mean something to us.
enum SQLState {
  static let queryCanceled = "57014"
  static let insufficientPrivilege = "42501"
  static let connectionFailure = "08006"
  static let cannotConnectNow = "57P03"

  /// The kind of an error by its state alone; the states that need more than the state are handled where it is known.
  static func kind(of state: String) -> DatabaseError.Kind {
    exactKinds[state] ?? classKinds[String(state.prefix(2))] ?? .other
  }

  private static let exactKinds: [String: DatabaseError.Kind] = [
    "23502": .notNullViolation,
    "23503": .foreignKeyViolation,
    "23505": .uniqueViolation(constraint: nil),
    "23514": .checkViolation,
    "40001": .serializationFailure,
    "40P01": .deadlock,
    "53300": .tooManyConnections,
    "55P03": .lockTimeout,
    "57014": .statementTimeout,
    // An administrator, a crash of the server, a server that is not up, and the timeouts for idle sessions.
    "57P01": .connectionLost,
    "57P02": .connectionLost,
    "57P03": .connectionLost,
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
