import EventLoop
import Testing

@Suite("Standing queue") struct StandingQueueTests {
  private static let millisecond: UInt64 = 1_000_000
  private static let second: UInt64 = 1_000 * millisecond
  private static let target = 100
  private static let long = 101 * millisecond

  @Test func `a burst that drains within the interval is no queue`() {
    var queue = StandingQueue(targetMilliseconds: Self.target)
    for step in 0..<9 { queue.note(waitNanoseconds: Self.long, at: Self.at(step * 10)) }
    #expect(!queue.isStanding(at: Self.at(90)))
    queue.note(waitNanoseconds: 0, at: Self.at(95))
    queue.note(waitNanoseconds: Self.long, at: Self.at(150))
    #expect(!queue.isStanding(at: Self.at(150)))
  }

  @Test func `waits above the target for a whole interval are a queue, until one is short`() {
    var queue = StandingQueue(targetMilliseconds: Self.target)
    for step in 0...10 { queue.note(waitNanoseconds: Self.long, at: Self.at(step * 10)) }
    #expect(queue.isStanding(at: Self.at(100)))
    queue.note(waitNanoseconds: 100 * Self.millisecond, at: Self.at(101))
    #expect(!queue.isStanding(at: Self.at(101)))
  }

  @Test func `a queue without further work is forgotten`() {
    var queue = StandingQueue(targetMilliseconds: Self.target)
    for step in 0...10 { queue.note(waitNanoseconds: Self.long, at: Self.at(step * 10)) }
    #expect(queue.isStanding(at: Self.at(1_099)))
    #expect(!queue.isStanding(at: Self.at(1_101)))
  }

  /// A clock that may be some milliseconds behind must not overflow.
  @Test func `a moment before the last sample counts as that sample's`() {
    var queue = StandingQueue(targetMilliseconds: Self.target)
    for step in 0...10 { queue.note(waitNanoseconds: Self.long, at: Self.at(step * 10)) }
    #expect(queue.isStanding(at: Self.at(96)))
  }

  @Test func `a loop keeps reads and changes apart`() throws {
    let loop = try EventLoop.make(name: "load")
    let load = loop.load
    load.setTarget(milliseconds: Self.target)
    for step in 0...10 {
      load.note(waitNanoseconds: Self.long, of: .change, at: Self.at(step * 10))
      load.note(waitNanoseconds: 0, of: .read, at: Self.at(step * 10))
    }
    #expect(load.hasQueue(of: .change, at: Self.at(100)))
    #expect(!load.hasQueue(of: .read, at: Self.at(100)))
  }

  private static func at(_ milliseconds: Int) -> UInt64 { second + UInt64(milliseconds) * millisecond }
}
