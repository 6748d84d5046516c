import DataAccess
import Synchronization

/// A request to stop a run: the engine cancels the statement that is running, rolls its step back, and starts no other.
package final class MigrationCancellation: Sendable {
  private struct State {
    var isRequested = false
    var sessions: [Session] = []
  }

  private let state = Mutex(State())

  /// A run that nothing has stopped yet.
  package init() {}

  /// Whether a stop was requested.
  package var isRequested: Bool { state.withLock { $0.isRequested } }

  /// Requests the stop, from any thread.
  package func request() {
    let sessions = state.withLock { state in
      state.isRequested = true
      return state.sessions
    }
    for session in sessions { session.cancelStatement() }
  }

  /// Throws once a stop was requested.
  func check() throws(MigrationError) {
    if isRequested { throw .cancelled }
  }

  /// Adds a session whose statements a request cancels.
  func add(_ session: Session) throws(MigrationError) {
    try check()
    state.withLock { $0.sessions.append(session) }
  }

  /// Forgets the sessions, when they have ended.
  func removeSessions() {
    state.withLock { $0.sessions = [] }
  }
}
