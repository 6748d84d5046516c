import Dispatch
import Synchronization

/// Why work was not taken.
package enum OffloadError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Every worker is busy and the queue has reached its limit; try again later.
  case queueFull(limit: Int)

  /// Safe to show.
  package var description: String {
    switch self {
    case .queueFull(let limit): "offload: \(limit) pieces of work are waiting already"
    }
  }
}

/// Threads for what blocks or computes: a bounded number of workers and a bounded queue in front of them.
///
/// A loop must never block, so password hashing, files and name resolution go here. The caller's task comes back to
/// its own loop when the work is done.
package final class OffloadQueue: Sendable {
  private struct State {
    var running = 0
    var waiting: [@Sendable () -> Void] = []
    var taken = 0
  }

  private let concurrency: Int
  private let queueLimit: Int
  private let queue = DispatchQueue(label: "offload", attributes: .concurrent)
  private let state = Mutex(State())

  /// At most `concurrency` pieces of work run at once, and at most `queueLimit` wait.
  package init(concurrency: Int, queueLimit: Int) {
    self.concurrency = max(1, concurrency)
    self.queueLimit = queueLimit
  }

  /// Runs `body` on a worker and returns what it returns, or throws what it throws, or ``OffloadError/queueFull(limit:)``.
  package func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<T, any Error>) in
      let isTaken = submit { continuation.resume(with: Result(catching: body)) }
      if !isTaken { continuation.resume(throwing: OffloadError.queueFull(limit: queueLimit)) }
    }
  }

  private enum Admission { case start, queued, refused }

  private func submit(_ work: @escaping @Sendable () -> Void) -> Bool {
    let admission: Admission = state.withLock { state in
      if state.running < concurrency {
        state.running += 1
        return .start
      }
      guard state.waiting.count - state.taken < queueLimit else { return .refused }
      state.waiting.append(work)
      return .queued
    }
    if admission == .start { queue.async { self.work(beginningWith: work) } }
    return admission != .refused
  }

  private func work(beginningWith first: @Sendable () -> Void) {
    first()
    while let next = takeNext() { next() }
  }

  private func takeNext() -> (@Sendable () -> Void)? {
    state.withLock { state in
      guard state.taken < state.waiting.count else {
        state.waiting.removeAll(keepingCapacity: true)
        state.taken = 0
        state.running -= 1
        return nil
      }
      let work = state.waiting[state.taken]
      state.taken += 1
      if state.taken > queueLimit {
        state.waiting.removeFirst(state.taken)
        state.taken = 0
      }
      return work
    }
  }
}

/// The process's own ``OffloadQueue``.
package enum Offload {
  /// Pieces of work that may wait for a worker; beyond it callers are told so at once instead of timing out later.
  package static let queueLimit = 1024
  /// Workers: one per processor, and two at least, so that one slow file does not hold up everything.
  package static let concurrency = max(2, EventLoopGroup.processorCount)

  private static let shared = OffloadQueue(concurrency: concurrency, queueLimit: queueLimit)

  /// Runs what blocks or computes away from the loops; the calling task comes back to its own executor.
  package static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await shared.run(body)
  }
}
