import DataAccess
import Synchronization

/// Opens a ``FileSession`` at its first use, and a new one after the rights in the file change.
///
/// The mutex makes the session safe for both the loop and the connection's queue. The loop only tries the lock and
/// never waits for it.
final class SessionHolder: Sendable {
  private enum State {
    /// Not opened yet, or closed because the file's rights changed.
    case notOpen
    case open(FileSession)
    case closed
  }

  /// The result of a read on the loop.
  enum BriefOutcome {
    case finished(Result<SQLiteRows, DatabaseError>)
    /// The read must run off the loop.
    case deferred
    /// The read must run off the loop, and so must a call of ``refresh()``.
    case outOfDate
  }

  private let opener: SessionOpener
  private let purpose: SessionOpener.Purpose
  private let state = Mutex(State.notOpen)

  init(_ opener: SessionOpener, for purpose: SessionOpener.Purpose) {
    self.opener = opener
    self.purpose = purpose
  }

  /// Opens the session if needed and returns the relations of its account. Blocks.
  func refresh() throws(DatabaseError) -> [String: Relation] {
    try perform { session in session.relations }
  }

  /// Runs `body` on an up-to-date session. Blocks.
  func perform<T: Sendable>(_ body: @Sendable (FileSession) throws(DatabaseError) -> T) throws(DatabaseError)
    -> T
  {
    try state.withLock { (state) throws(DatabaseError) in
      switch state {
      case .open(let session) where !isOutOfDate(session):
        return try body(session)
      case .open, .notOpen:
        state = .notOpen
        let session = try opener.open(for: purpose)
        let result = Result { () throws(DatabaseError) in try body(session) }
        state = .open(session)
        return try result.get()
      case .closed:
        throw DatabaseError(.connectionLost)
      }
    }
  }

  private func isOutOfDate(_ session: FileSession) -> Bool {
    guard session.isOutOfDate() else { return false }
    if session.hasShrunkFile { opener.connections.expire() }
    return true
  }

  /// Runs a read at once or not at all. It never waits, neither for this session nor for a lock of the file.
  func runBriefly(_ query: Query, on terms: FileSession.Terms) -> BriefOutcome {
    state.withLockIfAvailable { state in
      guard case .open(let session) = state else { return .outOfDate }
      if isOutOfDate(session) {
        state = .notOpen
        return .outOfDate
      }
      return session.runBriefly(query, on: terms).map { .finished($0) } ?? .deferred
    } ?? .deferred
  }

  /// Closes the session and rolls back an open transaction. Blocks.
  func close() {
    state.withLock { $0 = .closed }
  }
}
