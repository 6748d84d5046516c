/// Notices when a connection makes no progress. Confined to its loop.
///
/// It reads no clock while statements come and go, only when it is looked at: a statement that was not completed
/// between two looks has run at least as long as lies between them.
final class StatementTimeout {
  /// What to do about the connection.
  enum Verdict: Equatable {
    case fine
    /// Ask the engine to give the statement up.
    case cancel
    /// The engine did not even react to that.
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

  /// To be called from time to time while anything is outstanding.
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
