import Runtime
import Synchronization

/// A request to terminate the program, and its effect at each stage.
///
/// A service that starts may wait for a database that never answers; there is nothing to shut down in order, and the
/// program ends at once. Afterwards the task that waits in ``arrival()`` receives the request.
final class TerminationRequest: Sendable {
  private enum State {
    case starting
    case serving
    case waiting(CheckedContinuation<Int32, Never>)
    case requested(Int32)
  }

  private let state = Mutex(State.starting)
  private let abandonStart: @Sendable (Int32) -> Void

  /// `abandonStart` ends the program; it runs when a signal arrives before ``beginServing()``.
  init(abandonStart: @escaping @Sendable (Int32) -> Void) {
    self.abandonStart = abandonStart
  }

  /// A signal arrived.
  func request(_ signal: Int32) {
    let isStarting = state.withLock { state in
      switch state {
      case .starting: return true
      case .serving: state = .requested(signal)
      case .waiting(let continuation):
        state = .requested(signal)
        continuation.resume(returning: signal)
      case .requested: break
      }
      return false
    }
    if isStarting { abandonStart(signal) }
  }

  /// From here on a signal starts an orderly shutdown.
  func beginServing() {
    state.withLock { if case .starting = $0 { $0 = .serving } }
  }

  /// Waits for the signal; only one task may call it.
  func arrival() async -> Int32 {
    await withCheckedContinuation { continuation in
      state.withLock { state in
        if case .requested(let signal) = state {
          continuation.resume(returning: signal)
        } else {
          state = .waiting(continuation)
        }
      }
    }
  }
}
