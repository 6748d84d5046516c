import CPostgres
import Clock
import DataAccess
import Logging
import Synchronization

/// Receives the notices of one connection from its first byte on, so that libpq writes none of them to standard error.
///
/// A warning during the login is about the server or the account (a changed collation, a setting that does not apply).
/// It is logged at level warning. All later notices belong to a statement, and are logged at level debug.
final class NoticeLog: Sendable {
  private struct State {
    var farewell: ServerFault?
    var hasUnreplicatedCommit = false
    var isConnecting = true
  }

  private let state = Mutex(State())
  private let server: ServerAddress
  private let logger: Logger
  private let warnings: LoginWarnings

  init(of server: ServerAddress, logger: Logger, warnings: LoginWarnings = .ofProcess) {
    self.server = server
    self.logger = logger
    self.warnings = warnings
  }

  /// Makes libpq send the connection's notices here. libpq keeps the pointer, so the log must outlive the connection.
  func attach(to connection: OpaquePointer) {
    PQsetNoticeReceiver(
      connection,
      { context, result in
        guard let context, let result else { return }
        Unmanaged<NoticeLog>.fromOpaque(context).takeUnretainedValue().receive(ServerFault(of: result))
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// The login has ended: what follows belongs to statements.
  func endLogin() { state.withLock { $0.isConnecting = false } }

  /// The error with which the server has ended the session.
  var farewell: ServerFault? {
    get { state.withLock { $0.farewell } }
    set { state.withLock { $0.farewell = newValue } }
  }

  /// Whether the server has warned, since the last call, that a commit was not confirmed by its synchronous standby.
  func takeUnreplicatedCommit() -> Bool {
    state.withLock { state in
      defer { state.hasUnreplicatedCommit = false }
      return state.hasUnreplicatedCommit
    }
  }

  func receive(_ fault: ServerFault) {
    let isConnecting = state.withLock { state in
      if fault.isFatal { state.farewell = fault }
      if fault.meansUnreplicatedCommit { state.hasUnreplicatedCommit = true }
      return state.isConnecting
    }
    var metadata: Logger.Metadata = ["code": "\(fault.state)", "message": "\(fault.message)"]
    guard isConnecting, fault.isWarning else { return logger.debug("database notice", metadata: metadata) }
    let key = "\(server) \(fault.state) \(fault.message)"
    guard let repeats = warnings.take(key, at: MonotonicClock.coarseNanoseconds()) else { return }
    metadata["server"] = "\(server)"
    if repeats > 0 { metadata["repeats"] = "\(repeats)" }
    logger.warning("database warning at login", metadata: metadata)
  }
}

/// The warnings of the logins of this process: each login repeats them, and a log line for each would fill the log.
final class LoginWarnings: Sendable {
  /// How long a warning is not logged again.
  static let pauseNanoseconds: UInt64 = 3_600_000_000_000
  /// The most warnings that are remembered; a further one first drops all of them.
  static let memory = 64

  static let ofProcess = LoginWarnings()

  private let seen = Mutex<[String: (logged: UInt64, repeats: Int)]>([:])

  /// Returns nil when the warning must be left out, else how often it was left out since its last line.
  func take(_ warning: String, at now: UInt64) -> Int? {
    seen.withLock { seen in
      if let last = seen[warning], now < last.logged + Self.pauseNanoseconds {
        seen[warning] = (last.logged, last.repeats + 1)
        return nil
      }
      if seen.count >= Self.memory { seen = [:] }
      let repeats = seen[warning]?.repeats ?? 0
      seen[warning] = (now, 0)
      return repeats
    }
  }
}
