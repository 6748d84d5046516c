import Runtime
import Synchronization

/// The wish that the program end, and what it means at this moment.
///
/// While the service starts it may be waiting for a database that never comes: then there is nothing to end in order,
/// and the program just ends. Afterwards the wish is handed to whoever waits for it.
final class TerminationRequest: Sendable {
  private enum State {
    case starting
    case serving
    case waiting(CheckedContinuation<Int32, Never>)
    case requested(Int32)
  }

  private let state = Mutex(State.starting)
  private let abandonStart: @Sendable (Int32) -> Void

  /// `abandonStart` ends the program; it is called when a signal comes before ``arrival()``.
  init(abandonStart: @escaping @Sendable (Int32) -> Void) {
    self.abandonStart = abandonStart
  }

  /// A signal came.
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

  /// From here on a signal means to end in order.
  func beginServing() {
    state.withLock { if case .starting = $0 { $0 = .serving } }
  }

  /// Waits for the signal; one task may.
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
