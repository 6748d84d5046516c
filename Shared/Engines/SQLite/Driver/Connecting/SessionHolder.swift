import DataAccess
import Synchronization

/// A ``FileSession`` that is opened when it is first needed, and anew when the rights in the file have changed.
///
/// The mutex is what makes it safe to use a session from the loop and from the connection's queue; the loop only ever
/// tries the lock.
final class SessionHolder: Sendable {
  private enum State {
    /// Not opened yet, or no longer what the file says.
    case wanted
    case open(FileSession)
    case closed
  }

  /// What became of a read on the loop.
  enum BriefOutcome {
    case finished(Result<SQLiteRows, DatabaseError>)
    /// It has to be run elsewhere.
    case deferred
    /// The same, and ``refresh()`` has to be called away from the loop.
    case outOfDate
  }

  private let opener: SessionOpener
  private let purpose: SessionOpener.Purpose
  private let state = Mutex(State.wanted)

  init(_ opener: SessionOpener, for purpose: SessionOpener.Purpose) {
    self.opener = opener
    self.purpose = purpose
  }

  /// Opens the session if need be and tells the relations its account sees. Blocks.
  func refresh() throws(DatabaseError) -> [String: Relation] {
    try perform { session in session.relations }
  }

  /// Runs `body` on an up-to-date session. Blocks.
  func perform<T: Sendable>(_ body: @Sendable (FileSession) throws(DatabaseError) -> T) throws(DatabaseError)
    -> T
  {
    try state.withLock { (state) throws(DatabaseError) in
      switch state {
      case .open(let session) where !session.isOutOfDate():
        return try body(session)
      case .open, .wanted:
        state = .wanted
        let session = try opener.open(for: purpose)
        let result = Result { () throws(DatabaseError) in try body(session) }
        state = .open(session)
        return try result.get()
      case .closed:
        throw DatabaseError(.connectionLost)
      }
    }
  }

  /// Runs a read at once or not at all: it never waits, neither for this session nor for a lock of the file.
  func runBriefly(_ query: Query, on terms: FileSession.Terms) -> BriefOutcome {
    state.withLockIfAvailable { state in
      guard case .open(let session) = state else { return .outOfDate }
      if session.isOutOfDate() {
        state = .wanted
        return .outOfDate
      }
      return session.runBriefly(query, on: terms).map { .finished($0) } ?? .deferred
    } ?? .deferred
  }

  /// Closes the session: rolls an open transaction back. Blocks.
  func close() {
    state.withLock { $0 = .closed }
  }
}
