/// The cancellation that is under way on one connection. Confined to its loop.
///
/// A request to cancel may reach the engine late, after the end of its statement. The connection must not begin the next
/// borrower's statement before the request has ended, because it would hit that one.
final class RunningCancellation {
  /// How long the request to cancel may take; after that the pool closes the connection.
  static let limitMilliseconds = 2_000

  private enum State {
    case none
    case running(then: [() -> Void])
  }

  private var state = State.none

  var isRunning: Bool { if case .running = state { true } else { false } }

  /// Returns false when one is under way already.
  func begin() -> Bool {
    guard !isRunning else { return false }
    state = .running(then: [])
    return true
  }

  func end() {
    guard case .running(let then) = state else { return }
    state = .none
    for body in then { body() }
  }

  /// Calls `body` after the end of the cancellation; at once when there is none.
  func whenDone(_ body: @escaping () -> Void) {
    switch state {
    case .none: body()
    case .running(let then): state = .running(then: then + [body])
    }
  }
}
