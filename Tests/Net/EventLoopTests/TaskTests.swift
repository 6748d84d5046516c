import Clock
import EventLoop
import Testing

@Suite("Tasks on a loop") struct TaskTests {
  @Test(arguments: PollerKind.allCases)
  func `a task that starts on the loop begins at once`(_ kind: PollerKind) async throws {
    let order = Record<String>()
    try await withLoop(kind) { loop in
      await onLoop(loop) {
        loop.run { order.append("task") }
        order.append("caller")
      }
    }
    #expect(order.all == ["task", "caller"])
  }

  @Test(arguments: PollerKind.allCases)
  func `a task resumes on the loop's thread after every kind of suspension`(_ kind: PollerKind) async throws {
    try await withLoop(kind) { loop in
      let places = await taskOn(loop) {
        let home = kernelThread()
        var isHome: [String: Bool] = [:]
        func note(_ way: String) { isHome[way] = loop.isCurrent && kernelThread() == home }

        await Task.yield()
        note("yield")
        try? await Task.sleep(for: .milliseconds(2))
        note("Task.sleep")
        await loop.sleep(milliseconds: 2)
        note("loop.sleep")
        async let child = loop.isCurrent
        isHome["async let, inside"] = await child
        note("async let")
        let members = await withTaskGroup { group in
          for _ in 0..<4 { group.addTask { loop.isCurrent } }
          return await group.reduce(true) { $0 && $1 }
        }
        isHome["task group, inside"] = members
        note("task group")
        _ = await Counter().increment()
        note("actor")
        _ = try? await Offload.run { 1 }
        note("offload")
        return isHome
      }
      #expect(places.count == 9)
      #expect(places.filter { !$0.value }.isEmpty)
    }
  }

  @Test(arguments: PollerKind.allCases)
  func `the tasks of two loops each stay on their own loop`(_ kind: PollerKind) async throws {
    try await withLoop(kind) { first in
      try await withLoop(kind) { second in
        let isApart = await taskOn(first) {
          let other = await withUnsafeContinuation { (continuation: UnsafeContinuation<Bool, Never>) in
            second.run { continuation.resume(returning: second.isCurrent && !first.isCurrent) }
          }
          return other && first.isCurrent
        }
        #expect(isApart)
      }
    }
  }

  @Test(arguments: PollerKind.allCases)
  func `a task that yields forever does not starve other tasks`(_ kind: PollerKind) async throws {
    let isDone = Record<Bool>()
    try await withLoop(kind) { loop in
      loop.run { while isDone.count == 0 { await Task.yield() } }
      let timer = await taskOn(loop) { () -> Bool in
        await loop.sleep(milliseconds: 5)
        return true
      }
      #expect(timer)
      isDone.append(true)
    }
  }

  @Test func `a cancelled sleep ends early`() async throws {
    try await withLoop { loop in
      let start = MonotonicClock.nanoseconds()
      let sleeper = Task { await loop.sleep(milliseconds: 60_000) }
      try await Task.sleep(for: .milliseconds(20))
      sleeper.cancel()
      await sleeper.value
      #expect(MonotonicClock.nanoseconds() - start < 30_000_000_000)
    }
  }

  @Test func `a task cancelled before its sleep does not sleep`() async throws {
    try await withLoop { loop in
      let start = MonotonicClock.nanoseconds()
      await withTaskGroup(of: Void.self) { group in
        group.cancelAll()
        group.addTask { await loop.sleep(milliseconds: 60_000) }
      }
      #expect(MonotonicClock.nanoseconds() - start < 30_000_000_000)
    }
  }
}

private actor Counter {
  private var count = 0
  func increment() -> Int {
    count += 1
    return count
  }
}
