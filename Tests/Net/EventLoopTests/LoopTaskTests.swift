import Synchronization
import Testing

@testable import EventLoop

@Suite("Tasks of a loop that are used again") struct LoopTaskTests {
  @Test func `a task that has done its work does the next one, at once and up to its first suspension`()
    async throws
  {
    let order = Record<String>()
    try await withLoop { loop in
      let isSame = await onLoop(loop) {
        let first = loop.runTask { order.append("first") }
        order.append("between")
        let second = loop.runTask {
          order.append("second")
          await Task.yield()
          order.append("later")
        }
        order.append("caller")
        return first === second
      }
      #expect(isSame)
      await taskOn(loop) { await loop.sleep(milliseconds: 1) }
    }
    #expect(order.all == ["first", "between", "second", "caller", "later"])
  }

  @Test func `work that starts within other work has a task of its own`() async throws {
    try await withLoop { loop in
      let isSame = await onLoop(loop) {
        let inner = Record<ObjectIdentifier>()
        let outer = loop.runTask { inner.append(ObjectIdentifier(loop.runTask {})) }
        return inner.all == [ObjectIdentifier(outer)]
      }
      #expect(!isSame)
    }
  }

  @Test func `a task that was cancelled does no other work, and the next one is not cancelled`() async throws
  {
    try await withLoop { loop in
      let cancelled = await onLoop(loop) {
        let task = loop.runTask { await loop.sleep(milliseconds: 60_000) }
        task.cancel()
        return task
      }
      // The sleep ends in a round of the loop of its own.
      await taskOn(loop) { await loop.sleep(milliseconds: 1) }
      let (isSame, isCancelled) = await onLoop(loop) {
        let seen = Record<Bool>()
        let next = loop.runTask { seen.append(Task.isCancelled) }
        return (next === cancelled, seen.all)
      }
      #expect(!isSame)
      #expect(isCancelled == [false])
    }
  }

  @Test func `nothing of one work reaches the next`() async throws {
    let values = Record<String>()
    let releases = Record<String>()
    try await withLoop { loop in
      await onLoop(loop) {
        let held = Held { releases.append("released") }
        loop.runTask {
          await Local.$name.withValue("first") {
            await Task.yield()
            values.append(Local.name)
          }
          withExtendedLifetime(held) {}
        }
      }
      await taskOn(loop) { await loop.sleep(milliseconds: 1) }
      #expect(releases.all == ["released"])
      await onLoop(loop) { loop.runTask { values.append(Local.name) } }
    }
    #expect(values.all == ["first", "none"])
  }

  @Test func `a loop keeps a bounded number of tasks, and each piece of work is done`() async throws {
    let works = 1_000
    let done = Record<Int>()
    try await withLoop { loop in
      for _ in 0..<2 {
        await onLoop(loop) {
          for work in 0..<works {
            loop.runTask {
              await Task.yield()
              done.append(work)
            }
          }
        }
        await taskOn(loop) { await loop.sleep(milliseconds: 1) }
      }
      let waiting = await onLoop(loop) { loop.waitingTasks.count }
      #expect(waiting == WaitingTasks.capacity)
    }
    #expect(done.all.sorted() == (0..<works).flatMap { [$0, $0] })
  }

  @Test func `a loop that stops ends the tasks that wait, and is released`() async throws {
    weak var released: EventLoop?
    weak var task: LoopTask?
    do {
      let loop = try EventLoop.make(name: "test")
      loop.start()
      released = loop
      task = await onLoop(loop) { loop.runTask {} }
      loop.stop()
    }
    for _ in 0..<6_000 where released != nil || task != nil { try await Task.sleep(for: .milliseconds(10)) }
    #expect(released == nil && task == nil)
  }
}

private enum Local {
  @TaskLocal static var name = "none"
}

/// Calls a closure when it is released.
private final class Held: Sendable {
  private let onRelease: @Sendable () -> Void
  init(_ onRelease: @escaping @Sendable () -> Void) { self.onRelease = onRelease }
  deinit { onRelease() }
}
