import DataAccess
import Testing

@testable import Service

@Suite struct FeedMarkTests {
  private func settled(_ steps: [(newest: Int64, writers: OpenWriters, at: UInt64)]) -> [Int64] {
    var mark = FeedMark()
    return steps.map { step in
      mark.observe(newest: step.newest, writers: step.writers, at: step.at)
      return mark.settled
    }
  }

  @Test func `without open transactions every visible event is settled`() {
    #expect(settled([(0, .transactions([]), 0), (7, .transactions([]), 1)]) == [0, 7])
  }

  @Test func `an event is settled once the transactions that were open beside it have ended`() {
    #expect(
      settled([
        (7, .transactions(["a", "b"]), 0), (9, .transactions(["b", "c"]), 1), (9, .transactions(["c"]), 2),
        (9, .transactions([]), 3),
      ]) == [0, 0, 7, 9])
  }

  @Test func `transactions that began later hold up no earlier event`() {
    #expect(
      settled([
        (5, .transactions(["a"]), 0), (6, .transactions(["b"]), 1), (7, .transactions(["c"]), 2),
        (8, .transactions(["d"]), 3),
      ]) == [0, 5, 6, 7])
  }

  @Test func `where the engine reports no transactions, an event waits for its time`() {
    let (wait, second) = (FeedMark.unknownWritersNanoseconds, UInt64(1_000_000_000))
    #expect(
      settled([
        (5, .unknown, 10), (6, .unknown, wait), (7, .unknown, wait + second),
        (7, .unknown, 2 * wait + second),
      ]) == [0, 0, 5, 7])
  }

  @Test func `an event that follows another one waits for its own time, and not for the other's too`() {
    let (wait, second) = (FeedMark.unknownWritersNanoseconds, UInt64(1_000_000_000))
    #expect(
      settled([
        (5, .unknown, 0), (6, .unknown, second / 2), (7, .unknown, second), (8, .unknown, wait),
        (8, .unknown, wait + second), (8, .unknown, 2 * wait),
      ]) == [0, 0, 0, 5, 7, 8])
  }

  @Test func `a right on the list that is withdrawn meanwhile makes the event wait`() {
    let wait = FeedMark.unknownWritersNanoseconds
    #expect(settled([(5, .transactions(["a"]), 0), (5, .unknown, 1), (5, .unknown, wait)]) == [0, 0, 5])
  }

  @Test func `a log that became shorter is followed from its new end`() {
    #expect(
      settled([(9, .transactions([]), 0), (3, .transactions(["a"]), 1), (3, .transactions([]), 2)])
        == [9, 0, 3])
  }

  @Test func `a server that took over without the last events settles none of their ids`() {
    #expect(
      settled([
        (900, .transactions([]), 0), (1000, .transactions(["a"]), 1), (950, .transactions([]), 2),
        (960, .transactions(["b"]), 3), (1001, .transactions([]), 4),
      ]) == [900, 900, 950, 950, 1001])
    let (wait, second) = (FeedMark.unknownWritersNanoseconds, UInt64(1_000_000_000))
    #expect(
      settled([
        (900, .unknown, 0), (1000, .unknown, second), (950, .unknown, wait), (950, .unknown, wait + second),
        (960, .unknown, 2 * wait),
      ]) == [0, 0, 0, 0, 950])
  }

  @Test func `the age of what is settled is counted from its first observation, within a limit`() {
    var mark = FeedMark()
    let second: UInt64 = 1_000_000_000
    #expect(mark.settled(for: 0) == 0)
    for moment in 1...2_000 as ClosedRange<Int64> {
      mark.observe(newest: moment, writers: .transactions([]), at: UInt64(moment) * second)
    }
    #expect(mark.settled(for: 0) == 2_000 && mark.settled(for: 180 * second) == 1_820)
    #expect(mark.settled(for: FeedMark.rememberedNanoseconds) == 1_400)
    #expect(mark.settled(for: FeedMark.rememberedNanoseconds + second) == 0)
    // Another log: nothing of it is old.
    mark.observe(newest: 5, writers: .transactions([]), at: 3_000 * second)
    #expect(mark.settled(for: second) == 0)
  }
}
