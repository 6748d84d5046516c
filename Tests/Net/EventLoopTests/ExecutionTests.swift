import EventLoop
import TestSupport
import Testing

@Suite("Execution") struct ExecutionTests {
  @Test(arguments: PollerKind.allCases)
  func `calls from other threads run on the loop's thread, in order`(_ kind: PollerKind) async throws {
    let order = Record<Int>()
    let threads = Record<Bool>()
    try await withLoop(kind) { loop in
      for number in 0..<1_000 {
        loop.execute {
          order.append(number)
          threads.append(loop.isCurrent && EventLoop.current === loop)
        }
      }
      #expect(await eventually { order.count == 1_000 })
    }
    #expect(order.all == Array(0..<1_000))
    #expect(threads.all.allSatisfy { $0 })
  }

  @Test(arguments: PollerKind.allCases)
  func `work from many threads at once all runs`(_ kind: PollerKind) async throws {
    let calls = Record<Int>()
    try await withLoop(kind) { loop in
      await withTaskGroup { group in
        for task in 0..<8 {
          group.addTask { for _ in 0..<200 { loop.execute { calls.append(task) } } }
        }
      }
      #expect(await eventually { calls.count == 1_600 })
    }
  }

  @Test func `a call made on the loop runs after its caller`() async throws {
    let order = Record<String>()
    try await withLoop { loop in
      await onLoop(loop) {
        loop.execute { order.append("executed") }
        loop.perform { order.append("performed") }
        order.append("caller")
      }
      #expect(await eventually { order.count == 3 })
    }
    #expect(order.all == ["performed", "caller", "executed"])
  }

  @Test(arguments: PollerKind.allCases)
  func `calls for the end of the batch run after all other work of the batch`(_ kind: PollerKind) async throws
  {
    let order = Record<String>()
    try await withLoop(kind) { loop in
      await onLoop(loop) {
        loop.atEndOfBatch { order.append("end") }
        loop.run {
          await Task.yield()
          order.append("task")
        }
        loop.execute { order.append("call") }
      }
      #expect(await eventually { order.count == 3 })
    }
    #expect(order.all.last == "end")
  }

  @Test func `a thread that is not a loop's thread has no current loop`() async throws {
    try await withLoop { loop in
      #expect(!loop.isCurrent)
      #expect(EventLoop.current == nil)
    }
  }

  @Test(arguments: PollerKind.allCases)
  func `a stopped loop first runs its queued work`(_ kind: PollerKind) async throws {
    let calls = Record<Int>()
    let loop = EventLoop(name: "stopping", poller: try kind.make())
    loop.start()
    for number in 0..<100 { loop.execute { loop.execute { calls.append(number) } } }
    loop.stop()
    #expect(await eventually { calls.count == 100 })
  }

  @Test(arguments: PollerKind.allCases)
  func `a stopped loop is released and its thread ends`(_ kind: PollerKind) async throws {
    weak var weakLoop: EventLoop?
    do {
      let loop = EventLoop(name: "ending", poller: try kind.make())
      loop.start()
      await onLoop(loop) {}
      weakLoop = loop
      loop.stop()
    }
    #expect(await eventually { weakLoop == nil })
  }

  @Test func `a group returns its loops in turn`() throws {
    let group = try EventLoopGroup(count: 3)
    let dealt = (0..<6).map { _ in group.next().name }
    #expect(dealt == ["loop-0", "loop-1", "loop-2", "loop-0", "loop-1", "loop-2"])
    #expect(EventLoopGroup.processorCount >= 1)
  }

  @Test func `a value bound to a loop is readable on the loop's thread`() async throws {
    try await withLoop { loop in
      let bound = LoopBound([1, 2, 3], to: loop)
      #expect(await onLoop(loop) { bound.value } == [1, 2, 3])
    }
  }

  @Test func `a value bound to a loop stops the process when another thread touches it`() async {
    await #expect(processExitsWith: .failure) {
      let bound = LoopBound(1, to: try EventLoop.make(name: "elsewhere"))
      _ = bound.value
    }
  }
}
