import Cryptography
import DataAccess
import EventLoop
import Logging
import Routing

/// Makes problems of errors, at the one place where the inside meets HTTP.
///
/// What the client sees tells nothing of the inside. What operators must know, a denied permission above all, goes to
/// the log.
struct ErrorMapping: Sendable {
  /// Seconds after which a client may try again when something is away.
  static let retryAfterSeconds = 1

  let account: String
  let logger: Logger

  func problem(for error: any Error) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let error as DatabaseError: problem(for: error)
    case CryptographyError.invalidParameter: .unprocessable("A value is not allowed.")
    case is OffloadError: .unavailable("Too busy.", retryAfterSeconds: Self.retryAfterSeconds)
    case is CancellationError: .unavailable("Going away.", retryAfterSeconds: Self.retryAfterSeconds)
    default: internalError("unexpected error", ["error": "\(error)"])
    }
  }

  private func problem(for error: DatabaseError) -> Problem {
    switch error.kind {
    case .permissionDenied(let denial): denied(denial, error)
    case .uniqueViolation: .conflict("This exists already.")
    case .foreignKeyViolation: .conflict("Something this refers to is not there, or still refers to it.")
    case .checkViolation, .valueOutOfRange: .unprocessable("A value is not allowed.")
    case .connectionLost, .connectionRefused, .tooManyConnections, .acquireTimeout, .shuttingDown,
      .serializationFailure, .deadlock, .lockTimeout, .statementTimeout:
      unavailable(error)
    case .authenticationFailed, .notNullViolation, .invalidStatement, .decoding, .other:
      internalError("database error", metadata(of: error))
    }
  }

  private func denied(_ denial: PermissionDenial, _ error: DatabaseError) -> Problem {
    var metadata = metadata(of: error)
    metadata["account"] = "\(denial.account.isEmpty ? account : denial.account)"
    metadata["verb"] = "\(denial.verb.rawValue)"
    metadata["table"] = denial.table.map { "\($0)" }
    metadata["column"] = denial.column.map { "\($0)" }
    return internalError("permission denied by the database", metadata)
  }

  /// A database that is away fails every request: one line for each would bury the pool's own, which says so once.
  private func unavailable(_ error: DatabaseError) -> Problem {
    if case .acquireTimeout(let diagnosis) = error.kind {
      logger.warning("no database connection came free", metadata: ["diagnosis": "\(diagnosis)"])
    } else {
      logger.debug("database unavailable", metadata: metadata(of: error))
    }
    return .unavailable("The database is not available.", retryAfterSeconds: Self.retryAfterSeconds)
  }

  private func metadata(of error: DatabaseError) -> Logger.Metadata {
    ["error": "\(error)", "code": "\(error.nativeCode)", "operation": "\(error.operation)"]
  }

  private func internalError(_ message: Logger.Message, _ metadata: Logger.Metadata) -> Problem {
    logger.error(message, metadata: metadata)
    return .internalError()
  }
}
