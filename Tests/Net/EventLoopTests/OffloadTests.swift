import EventLoop
import Glibc
import Synchronization
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
}

/// The current and the highest number of work items that run at once.
private final class Gauge: Sendable {
  private let count = Mutex((now: 0, most: 0))

  var most: Int { count.withLock { $0.most } }
  func enter() { count.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
  func leave() { count.withLock { $0.now -= 1 } }
}
