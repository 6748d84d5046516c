import Clock
import TestSupport
import Testing

@testable import EventLoop

@Suite("Timers") struct TimerTests {
  @Test(arguments: PollerKind.allCases)
  func `timers fire in the order of their deadlines`(_ kind: PollerKind) async throws {
    let order = Record<Int>()
    try await withLoop(kind) { loop in
      await onLoop(loop) {
        for delay in [30, 10, 20, 0, 10] {
          loop.schedule(afterMilliseconds: delay) { order.append(delay) }
        }
      }
      #expect(await eventually { order.count == 5 })
    }
    #expect(order.all == [0, 10, 10, 20, 30])
  }

  @Test(arguments: PollerKind.allCases)
  func `a timer never fires early`(_ kind: PollerKind) async throws {
    let elapsed = Record<UInt64>()
    try await withLoop(kind) { loop in
      await onLoop(loop) {
        let start = MonotonicClock.nanoseconds()
        for delay in [1, 5, 25] {
          loop.schedule(afterMilliseconds: delay) {
            elapsed.append((MonotonicClock.nanoseconds() - start) / UInt64(delay))
          }
        }
      }
      #expect(await eventually { elapsed.count == 3 })
    }
    #expect(elapsed.all.allSatisfy { $0 >= 1_000_000 })
  }

  @Test(arguments: PollerKind.allCases)
  func `a cancelled timer does not fire, and a second cancellation has no effect`(_ kind: PollerKind)
    async throws
  {
    let fired = Record<String>()
    try await withLoop(kind) { loop in
      await onLoop(loop) {
        let timer = loop.schedule(afterMilliseconds: 5) { fired.append("cancelled") }
        loop.schedule(afterMilliseconds: 20) { fired.append("kept") }
        loop.cancel(timer)
        loop.cancel(timer)
      }
      #expect(await eventually { fired.count > 0 })
    }
    #expect(fired.all == ["kept"])
  }

  @Test func `a timer may schedule the next one`() async throws {
    let ticks = Record<Int>()
    try await withLoop { loop in
      await onLoop(loop) {
        loop.schedule(afterMilliseconds: 1) {
          ticks.append(1)
          loop.schedule(afterMilliseconds: 1) { ticks.append(2) }
        }
      }
      #expect(await eventually { ticks.all == [1, 2] })
    }
  }

  @Test func `the timer queue returns only due timers, in order`() {
    var queue = TimerQueue()
    let fired = Record<Int>()
    var timers: [TimerID] = []
    for deadline in [50, 10, 40, 20, 30] {
      timers.append(queue.schedule(at: UInt64(deadline)) { fired.append(deadline) })
    }
    queue.cancel(timers[1])
    #expect(queue.nextDeadline() == 20)
    while let body = queue.takeDue(at: 40) { body() }
    #expect(fired.all == [20, 30, 40])
    #expect(queue.nextDeadline() == 50)
  }

  @Test func `cancelled timers do not accumulate in the queue`() {
    var queue = TimerQueue()
    let kept = queue.schedule(at: 1_000_000) {}
    for round in 0..<10_000 {
      queue.cancel(queue.schedule(at: UInt64(round)) {})
    }
    #expect(queue.entryCount < 200)
    queue.cancel(kept)
    #expect(queue.nextDeadline() == nil)
    #expect(queue.isEmpty)
  }
}
