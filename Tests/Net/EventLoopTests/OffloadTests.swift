import Dispatch
import EventLoop
import Glibc
import Synchronization
import TestSupport
import Testing

@Suite("Offload") struct OffloadTests {
  private struct Failure: Error, Equatable {}

  @Test func `work returns its value or throws its error`() async throws {
    let queue = OffloadQueue(concurrency: 1, queueLimit: 4)
    #expect(try await queue.run { 6 * 7 } == 42)
    await #expect(throws: Failure()) { try await queue.run { throw Failure() } }
  }

  @Test func `no more work items run at once than the queue's concurrency`() async throws {
    let queue = OffloadQueue(concurrency: 3, queueLimit: 100)
    let running = Gauge()
    try await withThrowingTaskGroup { group in
      for _ in 0..<40 {
        group.addTask {
          try await queue.run {
            running.enter()
            usleep(2_000)
            running.leave()
          }
        }
      }
      try await group.waitForAll()
    }
    #expect((1...3).contains(running.most))
  }

  @Test func `work beyond the queue's limit is refused at once`() async throws {
    let queue = OffloadQueue(concurrency: 1, queueLimit: 2)
    let opened = Record<Bool>()
    let outcomes = await withTaskGroup { group in
      for _ in 0..<6 {
        group.addTask {
          do {
            try await queue.run { while opened.count == 0 { usleep(500) } }
            return true
          } catch {
            // The refusals arrive while the first work item still occupies the only worker.
            return false
          }
        }
      }
      var outcomes: [Bool] = []
      for await outcome in group {
        outcomes.append(outcome)
        if outcomes.count == 3 { opened.append(true) }
      }
      return outcomes
    }
    #expect(outcomes == [false, false, false, true, true, true])
  }

  @Test func `a queue that is never empty still accepts work`() async throws {
    let queue = OffloadQueue(concurrency: 1, queueLimit: 4)
    try await withThrowingTaskGroup { group in
      for _ in 0..<3 {
        group.addTask { for number in 0..<200 { _ = try await queue.run { number } } }
      }
      try await group.waitForAll()
    }
  }

  @Test func `blocked workers leave Dispatch's queues and other tasks free`() async throws {
    let queue = OffloadQueue(concurrency: 64, queueLimit: 64)
    let opened = Record<Bool>()
    try await withThrowingTaskGroup { group in
      for _ in 0..<64 { group.addTask { try await queue.run { while opened.count == 0 { usleep(500) } } } }
      await Task.detached {}.value
      await withUnsafeContinuation { continuation in
        DispatchQueue.global().async { continuation.resume() }
      }
      opened.append(true)
      try await group.waitForAll()
    }
  }
}

@Suite("Offload with a limit of time") struct OffloadTimeTests {
  /// Holds the only worker of the queue until the body ends.
  private func occupying(
    _ queue: OffloadQueue, _ body: @Sendable () async throws -> Void
  ) async throws {
    let (begun, opened) = (Record<Bool>(), Record<Bool>())
    async let held: Void = queue.run {
      begun.append(true)
      while opened.count == 0 { usleep(500) }
    }
    defer { opened.append(true) }
    try await eventually("the worker is busy") { begun.count > 0 }
    try await body()
    opened.append(true)
    try await held
  }

  @Test func `work that would wait longer than the limit is refused at once`() async throws {
    let queue = OffloadQueue(concurrency: 1, queueLimit: 100, waitLimitMilliseconds: 1_000)
    #expect(queue.refusal == nil)
    // The queue expects the next work to take as long as this.
    try await queue.run { _ = usleep(1_200_000) }
    try await occupying(queue) {
      #expect((queue.refusal?.retryAfterSeconds ?? 0) >= 2)
      await #expect(throws: OffloadError.self) { try await queue.run {} }
      #expect(queue.waitingCount == 0)
    }
    // The worker counts as busy until it has seen the end of its work.
    try await eventually("the queue is free") { queue.refusal == nil }
    #expect(try await queue.run { 1 } == 1)
  }

  @Test func `work that has waited longer than the limit is refused and does not run`() async throws {
    let queue = OffloadQueue(concurrency: 1, queueLimit: 100, waitLimitMilliseconds: 500)
    let ran = Record<Bool>()
    let late = Record<Task<Void, any Error>>()
    try await occupying(queue) {
      late.append(Task { try await queue.run { ran.append(true) } })
      try await eventually("work waits") { queue.waitingCount > 0 }
      usleep(600_000)
    }
    for task in late.all { await #expect(throws: OffloadError.self) { try await task.value } }
    #expect(ran.count == 0)
  }

  @Test func `the work of a cancelled task leaves the queue before it runs`() async throws {
    let queue = OffloadQueue(concurrency: 1, queueLimit: 100, waitLimitMilliseconds: 60_000)
    let ran = Record<Bool>()
    try await occupying(queue) {
      let abandoned = Task { try await queue.run { ran.append(true) } }
      try await eventually("work waits") { queue.waitingCount > 0 }
      abandoned.cancel()
      await #expect(throws: CancellationError.self) { try await abandoned.value }
      #expect(queue.waitingCount == 0)
    }
    #expect(try await queue.run { 1 } == 1)
    #expect(ran.count == 0)
  }

  @Test func `a task that was cancelled before leaves no trace in the queue`() async throws {
    let queue = OffloadQueue(concurrency: 1, queueLimit: 1, waitLimitMilliseconds: 60_000)
    for _ in 0..<20 {
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        try await queue.run {}
      }
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
    #expect(queue.waitingCount == 0)
    #expect(try await queue.run { 1 } == 1)
  }

  @Test func `a queue without a limit of time runs the work of a cancelled task`() async throws {
    let queue = OffloadQueue(concurrency: 1, queueLimit: 100)
    let ran = Record<Bool>()
    try await occupying(queue) {
      let task = Task { try await queue.run { ran.append(true) } }
      try await eventually("work waits") { queue.waitingCount > 0 }
      task.cancel()
    }
    #expect(try await queue.run { 1 } == 1)
    #expect(ran.count == 1)
  }
}

/// The current and the highest number of work items that run at once.
private final class Gauge: Sendable {
  private let count = Mutex((now: 0, most: 0))

  var most: Int { count.withLock { $0.most } }
  func enter() { count.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
  func leave() { count.withLock { $0.now -= 1 } }
}
