/// Detects a connection that makes no progress. Confined to its loop.
///
/// It reads no clock while statements begin and end, only at each check. A statement that did not complete between two
/// checks has run at least for the time between them.
final class StatementTimeout {
  /// The action that the connection needs.
  enum Verdict: Equatable {
    case fine
    /// Cancel the statement in the engine.
    case cancel
    /// Close the connection: the engine did not react to the cancellation.
    case abandon
  }

  private enum Observation {
    case idle
    case running(completed: UInt64, sinceNanoseconds: UInt64)
    case cancelled(completed: UInt64, sinceNanoseconds: UInt64)
  }

  /// How long a cancelled statement may take to end.
  static let graceNanoseconds: UInt64 = 2_000_000_000

  private(set) var outstanding = 0
  private var completed: UInt64 = 0
  private var observation = Observation.idle

  func begin() { outstanding += 1 }

  func end() {
    outstanding -= 1
    completed &+= 1
  }

  /// The pool calls it periodically while statements are outstanding.
  func look(at now: UInt64, timeoutNanoseconds: UInt64) -> Verdict {
    guard outstanding > 0 else {
      observation = .idle
      return .fine
    }
    switch observation {
    case .running(completed, let since):
      guard now >= since + timeoutNanoseconds else { return .fine }
      observation = .cancelled(completed: completed, sinceNanoseconds: now)
      return .cancel
    case .cancelled(completed, let since):
      return now >= since + Self.graceNanoseconds ? .abandon : .fine
    case .idle, .running, .cancelled:
      observation = .running(completed: completed, sinceNanoseconds: now)
      return .fine
    }
  }
}
