import Dispatch
import Synchronization

/// Why a queue refused work.
package enum OffloadError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Every worker is busy and the queue is full. The caller may retry later.
  case queueFull(limit: Int)

  /// Safe to show.
  package var description: String {
    switch self {
    case .queueFull(let limit): "offload: the queue is full with \(limit) waiting work items"
    }
  }
}

/// A bounded number of threads with a bounded queue, for work that blocks or computes.
///
/// A loop must never block, so password hashing, file access and name resolution run here. The caller's task resumes on
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

  /// Makes a queue that runs at most `concurrency` work items at once, while at most `queueLimit` wait.
  package init(concurrency: Int, queueLimit: Int) {
    self.concurrency = max(1, concurrency)
    self.queueLimit = queueLimit
  }

  /// Runs `body` on a worker and returns its result. Throws its error, or ``OffloadError/queueFull(limit:)``.
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

/// The ``OffloadQueue`` that the whole process shares.
package enum Offload {
  /// The most work items that may wait for a worker. Further callers fail at once instead of timing out later.
  package static let queueLimit = 1024
  /// The number of workers: one per processor and at least two, so that one slow file does not block all other work.
  package static let concurrency = max(2, EventLoopGroup.processorCount)

  private static let shared = OffloadQueue(concurrency: concurrency, queueLimit: queueLimit)

  /// Runs blocking or computing work off the loops. The calling task resumes on its own executor.
  package static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await shared.run(body)
  }
}
