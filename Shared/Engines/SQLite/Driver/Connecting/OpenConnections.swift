import Synchronization

/// Counts a driver's open connections, so that the last one to close leaves a complete file.
///
/// Sessions close on queues of their own. A process that ended before they did would leave its last writes in the
/// journal, beside a file that a backup may copy alone.
final class OpenConnections: Sendable {
  private struct State {
    var open = 0
    var closing = 0
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let checkpoint: Checkpoint
  private let state = Mutex(State())

  init(_ checkpoint: Checkpoint) { self.checkpoint = checkpoint }

  /// Counts a connection that begins to open.
  func entered() { state.withLock { $0.open += 1 } }

  /// Takes back the count of a connection that did not open.
  func failedToEnter() { state.withLock { $0.open -= 1 } }

  /// Counts a connection that begins to close.
  func leaving() { state.withLock { $0.closing += 1 } }

  /// Records that a connection's sessions are closed. Blocks while the last one writes the journal into the file.
  func left() {
    let isLast = state.withLock { state in
      state.open -= 1
      return state.open == 0
    }
    if isLast { checkpoint.run() }
    let waiting = state.withLock { state in
      state.closing -= 1
      guard state.closing == 0 else { return [CheckedContinuation<Void, Never>]() }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Returns when no connection is closing; does not wait for those that are open.
  func waitForClosing() async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.closing > 0 { state.waiting.append(continuation) }
        return state.closing == 0
      }
      if isDone { continuation.resume() }
    }
  }
}
