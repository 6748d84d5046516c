import Clock
import Synchronization

/// A bounded number of threads with a bounded queue, for work that blocks or computes.
///
/// A loop must never block, so password hashing, file access and name resolution run on such queues. The threads are
/// the queue's own: neither Dispatch nor Swift's tasks share them. A thread starts with the first work and ends when
/// none waits. The caller's task resumes on its own loop when the work is done.
package final class OffloadQueue: Sendable {
  private let name: String
  private let niceness: Int32
  private let dropsAbandoned: Bool
  private let state: Mutex<OffloadState>

  /// Makes a queue that runs at most `concurrency` work items at once, while at most `queueLimit` wait.
  ///
  /// - Parameters:
  ///   - waitLimitMilliseconds: The longest wait. Work that would wait longer is refused at once. Work whose caller's
  ///     task is cancelled leaves such a queue. Without a limit, work runs whether its caller is gone or not.
  ///   - niceness: How far the threads give way to the loops, from 0 to 19.
  package init(
    name: String = "offload", concurrency: Int, queueLimit: Int, waitLimitMilliseconds: Int? = nil,
    niceness: Int32 = 0
  ) {
    self.name = name
    self.niceness = niceness
    dropsAbandoned = waitLimitMilliseconds != nil
    let limits = OffloadState.Limits(
      concurrency: max(1, concurrency), waiting: queueLimit,
      nanoseconds: waitLimitMilliseconds.map { UInt64(max(0, $0)) * 1_000_000 })
    state = Mutex(OffloadState(limits))
  }

  /// Why the queue takes no more work now; nil when it does. A caller can refuse a request before its other work.
  package var refusal: OffloadError? { refusal(of: []) }

  /// As ``refusal``, for work with this path of turns.
  package func refusal(of path: [Int]) -> OffloadError? { state.withLock { $0.refusal(of: path) } }

  /// How many work items fit into the queue and its threads. The work has the average duration of what has run before, or
  /// this one where none has.
  package func capacity(assuming nanoseconds: UInt64) -> Int {
    state.withLock { $0.capacity(assuming: nanoseconds) }
  }

  /// The number of work items that wait for a thread.
  package var waitingCount: Int { state.withLock { $0.waiting } }

  /// Runs `body` on a worker and returns its result. Throws its error, an ``OffloadError``, or `CancellationError` when
  /// the queue drops the work of a cancelled task.
  ///
  /// - Parameter path: Whose turn the work takes, from the largest group to the smallest one, for example a client's network
  ///   and its address. At each level the groups take turns. Work without a path runs in the order of its arrival.
  package func run<T: Sendable>(
    turnOf path: [Int] = [], _ body: @escaping @Sendable () throws -> T
  ) async throws -> T {
    let item = OffloadItem(arrival: MonotonicClock.nanoseconds(), path: path)
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<T, any Error>) in
        submit(item) { end in
          switch end {
          case .run: continuation.resume(with: Result(catching: body))
          case .refused(let error): continuation.resume(throwing: error)
          case .abandoned: continuation.resume(throwing: CancellationError())
          }
        }
      }
    } onCancel: {
      if dropsAbandoned { state.withLock { $0.abandon(item) }?(.abandoned) }
    }
  }

  private func submit(_ item: OffloadItem, _ completion: @escaping OffloadItem.Completion) {
    guard item.begin(completion) else { return completion(.abandoned) }
    switch state.withLock({ $0.add(item) }) {
    case .queued, .abandoned: break
    case .refused(let error): item.end().completion?(.refused(error))
    case .needsThread:
      if BlockingThread.start(name: name, niceness: niceness, { self.work() }) { return }
      for completion in state.withLock({ $0.threadFailed() }) { completion(.refused(.noThread)) }
    }
  }

  private func work() {
    while true {
      let begin = MonotonicClock.nanoseconds()
      switch state.withLock({ $0.next(at: begin) }) {
      case .end: return
      case .refuse(let completion, let error): completion(.refused(error))
      case .run(let completion):
        completion(.run)
        state.withLock { $0.ended(after: MonotonicClock.nanoseconds() - begin) }
      }
    }
  }
}

/// The ``OffloadQueue`` that the whole process shares for files, names and connecting. Work that computes has a queue of
/// its own.
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
