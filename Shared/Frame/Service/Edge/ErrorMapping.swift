import Clock
import Cryptography
import DataAccess
import EventLoop
import Logging
import Routing
import Runtime
import Synchronization

/// Maps errors to problems, at the service's edge.
///
/// A response contains no internal details. Facts for operators, above all a denied permission, go to the log.
struct ErrorMapping: Sendable {
  /// Seconds after which a client may retry when a dependency is unavailable.
  static let retryAfterSeconds = 1

  /// The service does not repeat such a request: the change might then be made twice.
  private static let lost =
    "The connection to the database was lost. Whether a change by this request was made is unknown."

  let account: String
  let logger: Logger
  let metrics: MetricRegistry
  /// Shared by the loops of a process, because their requests meet the same trouble.
  let lines: TroubleLines

  func problem(for error: any Error) -> Problem {
    switch error {
    case let problem as Problem: problem
    case let error as DatabaseError: problem(for: error)
    case CryptographyError.invalidParameter: .unprocessable("A value is out of range or not allowed.")
    case let error as OffloadError:
      .unavailable("The service is at its limit.", retryAfterSeconds: error.retryAfterSeconds)
    case is CancellationError: cancelled
    default: internalError("unexpected error", ["error": "\(error)"])
    }
  }

  private func problem(for error: DatabaseError) -> Problem {
    switch error.kind {
    case .permissionDenied(let denial): denied(denial, error)
    case .uniqueViolation(let key?) where Self.isAssigned(key): assignedTwice(key, error)
    case .uniqueViolation: .conflict("The resource already exists.")
    case .foreignKeyViolation:
      .conflict("A resource that this one refers to does not exist, or another one still refers to it.")
    case .checkViolation, .valueOutOfRange: .unprocessable("A value is out of range or not allowed.")
    case .connectionLost:
      unavailable(error, error.mayHaveWritten ? Self.lost : "The connection to the database was lost.")
    case .unreadableFile where error.mayHaveWritten: unavailable(error, Self.lost)
    case .connectionRefused, .readOnlyServer, .unreadableFile, .authenticationFailed, .tooManyConnections,
      .acquireTimeout, .shuttingDown:
      unavailable(error, "The database is unavailable.")
    case .serializationFailure, .deadlock, .lockTimeout, .statementTimeout: ended(error)
    case .cancelled: cancelled
    case .storageFull: full(error)
    case .notNullViolation, .invalidStatement, .decoding, .other:
      error.row.map { unreadable($0, error) } ?? internalError("database error", metadata(of: error))
    }
  }

  /// The request's time has passed. Where its client has gone, nothing reads this.
  private var cancelled: Problem {
    .unavailable("The request took too long.", retryAfterSeconds: Self.retryAfterSeconds)
  }

  /// A row that another client wrote. The client learns which row it is, and nothing of its content.
  private func unreadable(_ row: UnreadableRow, _ error: DatabaseError) -> Problem {
    metrics.countUnreadable(row)
    var problem = internalError("unreadable row", metadata(of: error))
    problem.detail = "\(row), because it holds a value that this service cannot represent."
    return problem
  }

  private func denied(_ denial: PermissionDenial, _ error: DatabaseError) -> Problem {
    var metadata = metadata(of: error)
    metadata["account"] = "\(denial.account.isEmpty ? account : denial.account)"
    metadata["verb"] = "\(denial.verb.rawValue)"
    metadata["table"] = denial.table.map { "\($0)" }
    metadata["column"] = denial.column.map { "\($0)" }
    return internalError("permission denied by the database", metadata)
  }

  /// An unavailable database fails every request. A line for each would bury the pool's own lines, one for
  /// each failed attempt to connect.
  private func unavailable(_ error: DatabaseError, _ detail: String) -> Problem {
    if case .acquireTimeout(let diagnosis) = error.kind {
      if lines.busy.isDue(at: MonotonicClock.coarseNanoseconds()) {
        logger.warning("no free database connection", metadata: ["diagnosis": "\(diagnosis)"])
      }
    } else {
      logger.debug("database unavailable", metadata: metadata(of: error))
    }
    return .unavailable(detail, retryAfterSeconds: Self.retryAfterSeconds)
  }

  /// The server ended the statement, and its connection goes on: no other line reports it.
  private func ended(_ error: DatabaseError) -> Problem {
    if lines.ended.isDue(at: MonotonicClock.coarseNanoseconds()) {
      logger.warning("the database ended a statement", metadata: metadata(of: error))
    }
    return .unavailable("The database is unavailable.", retryAfterSeconds: Self.retryAfterSeconds)
  }

  /// Nothing else reports a full disk: connections open, and reads succeed. The engine's message names a file and quotes
  /// no value.
  private func full(_ error: DatabaseError) -> Problem {
    if lines.storage.isDue(at: MonotonicClock.coarseNanoseconds()) {
      var metadata = metadata(of: error)
      metadata["reason"] = error.detail.map { "\($0)" }
      logger.error("the database's disk is full", metadata: metadata)
    }
    return .unavailable(
      "The database can store nothing at present.", retryAfterSeconds: Self.retryAfterSeconds)
  }

  /// Whether a unique key is a table's primary key: the name that an engine gives its constraint, or its column. The
  /// database assigns these keys, and no request chooses one.
  private static func isAssigned(_ key: String) -> Bool { key.hasSuffix("_pkey") || key.hasSuffix(".id") }

  /// The identity is behind its table's rows: after a restore, a copy or a failover that moved rows without it. Every
  /// insert fails until an operator sets it, and no client can do anything about it.
  private func assignedTwice(_ key: String, _ error: DatabaseError) -> Problem {
    if lines.identity.isDue(at: MonotonicClock.coarseNanoseconds()) {
      var metadata = metadata(of: error)
      metadata["key"] = "\(key)"
      logger.error(
        "the database assigned a key that a row has: set the identity behind the last row", metadata: metadata
      )
    }
    return .internalError()
  }

  private func metadata(of error: DatabaseError) -> Logger.Metadata {
    ["error": "\(error)", "code": "\(error.nativeCode)", "operation": "\(error.operation)"]
  }

  private func internalError(_ message: Logger.Message, _ metadata: Logger.Metadata) -> Problem {
    logger.error(message, metadata: metadata)
    return .internalError()
  }
}

/// The log lines about trouble that every request may meet.
final class TroubleLines: Sendable {
  /// For a full disk.
  let storage = PausedLine()
  /// For statements that the server ended: time limits, deadlocks, conflicts.
  let ended = PausedLine()
  /// For a pool whose queue is full or too slow.
  let busy = PausedLine()
  /// For keys that the database assigned twice.
  let identity = PausedLine()
}

/// Lets one log line through, and the next after a pause: every request meets the same trouble.
final class PausedLine: Sendable {
  static let pauseNanoseconds: UInt64 = 10_000_000_000

  private let next = Mutex<UInt64>(0)

  func isDue(at now: UInt64) -> Bool {
    next.withLock { next in
      guard now >= next else { return false }
      next = now + Self.pauseNanoseconds
      return true
    }
  }
}
