import Synchronization

/// One piece of work and its caller. It ends once: the work runs, or its caller gets an error.
final class OffloadItem: Sendable {
  enum End: Sendable {
    case run
    case refused(OffloadError)
    /// The caller's task was cancelled while the work waited.
    case abandoned
  }

  /// What happens at the end. It runs the work or resumes the caller, so no lock may be held around it.
  typealias Completion = @Sendable (End) -> Void

  private enum State: Sendable {
    case new
    case begun(Completion)
    case queued(Completion)
    case ended
  }

  /// When the work arrived, by the monotonic clock.
  let arrival: UInt64
  /// Whose turn it takes: see ``OffloadTurns``.
  let path: [Int]
  private let state = Mutex(State.new)

  init(arrival: UInt64, path: [Int]) {
    self.arrival = arrival
    self.path = path
  }

  /// Sets what happens at the end. False when the caller was gone before.
  func begin(_ completion: @escaping Completion) -> Bool {
    state.withLock { state in
      guard case .new = state else { return false }
      state = .begun(completion)
      return true
    }
  }

  /// Marks the item as one that waits in its queue. False when its caller is gone.
  func enqueue() -> Bool {
    state.withLock { state in
      guard case .begun(let completion) = state else { return false }
      state = .queued(completion)
      return true
    }
  }

  /// Ends the item. The caller of this method calls the completion, which is nil when the item never began or has ended.
  func end() -> (completion: Completion?, wasQueued: Bool) {
    state.withLock { state in
      defer { state = .ended }
      switch state {
      case .begun(let completion): return (completion, false)
      case .queued(let completion): return (completion, true)
      case .new, .ended: return (nil, false)
      }
    }
  }
}
