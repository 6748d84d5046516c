import Clock
import Testing

@Suite("Deadlines")
struct DeadlineTests {
  @Test func `a deadline has passed when its moment has come`() {
    #expect(Deadline(millisecondsFromNow: 0).hasPassed)
    #expect(Deadline(millisecondsFromNow: -5).hasPassed)
    #expect(Deadline(nanoseconds: 0).hasPassed)
    #expect(!Deadline(millisecondsFromNow: 60_000).hasPassed)
    #expect(!Deadline.never.hasPassed)
  }

  @Test func `the remaining time is whole milliseconds, rounded up, and nil after the deadline`() throws {
    let remaining = try #require(Deadline(millisecondsFromNow: 60_000).remainingMilliseconds)
    #expect((1...60_000).contains(remaining))
    #expect(
      Deadline(nanoseconds: MonotonicClock.nanoseconds() + 60_000_000_001).remainingMilliseconds ?? 0 > 0)
    #expect(Deadline(millisecondsFromNow: 0).remainingMilliseconds == nil)
    #expect(Deadline.never.remainingMilliseconds == .max)
  }

  @Test func `a deadline counts from the moment that it is given`() {
    #expect(Deadline(millisecondsFromNow: 3, now: 1_000).nanoseconds == 3_001_000)
    #expect(Deadline(millisecondsFromNow: -3, now: 1_000).nanoseconds == 1_000)
  }

  @Test func `a time limit that is too long never passes`() {
    #expect(Deadline(millisecondsFromNow: .max) == .never)
    #expect(Deadline(millisecondsFromNow: 1, now: .max) == .never)
  }

  @Test func `the earlier deadline is the smaller one`() {
    #expect(Deadline(nanoseconds: 1) < Deadline(nanoseconds: 2))
    #expect(Deadline(nanoseconds: 2) < .never)
  }
}
