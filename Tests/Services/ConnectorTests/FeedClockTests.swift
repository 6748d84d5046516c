import DataAccess
import DatabaseTestSupport
import Schema
import Service
import TestSupport
import Testing

@testable import connector

/// No clock but this process's own decides how long a consumer waits.
@Suite struct FeedClockTests {
  private static let year: Int64 = 365 * 86_400
  private static let now = FeedUnderTest.now

  @Test(arguments: TestEngine.drivers)
  func `an event that a service dated years ahead stops no consumer, and the log names it`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let later = Self.now.adding(seconds: Self.year)
      try await feed.append(source: "twitch-trigger", at: later)
      // One of the services' own clocks is wrong.
      let ahead = try await feed.append(at: later)
      let next = try await feed.append()
      let (consumer, log) = (RecordingConsumer(), LogRecorder())
      let follower = feed.follower(logger: log.logger) { Self.now }
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      _ = try await follower.round(of: consumer, &mark, &failures)
      #expect(consumer.ids == [ahead, next])
      #expect(log.lines == ["event dated ahead of this clock"])
      #expect(log.values(of: "event") == ["\(ahead)"])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a consumer that waits for the age of events handles those dated ahead after as long`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let age = DeletedUsers.secondSweepSeconds
      let ahead = try await feed.append(at: Self.now.adding(seconds: 2 * Self.year))
      let next = try await feed.append(at: Self.now.adding(seconds: Self.year))
      let old = try await feed.append(at: Self.now.adding(seconds: -Self.year))
      let (consumer, clock) = (RecordingConsumer(minimumAgeSeconds: age), SteppingClock())
      let follower = feed.follower(on: clock) { Self.now }
      var (mark, failures) = (FeedMark(), FeedFollower.Failures())
      // Where the engine reports no open transactions, the events are settled at the second look.
      for _ in 0..<2 {
        _ = try await follower.round(of: consumer, &mark, &failures)
        clock.pass(FeedMark.unknownWritersNanoseconds)
      }
      _ = try await follower.round(of: consumer, &mark, &failures)
      #expect(mark.settled >= old)
      let settledAgo =
        engine.engine.dialect.openWriters == .unknown
        ? FeedMark.unknownWritersNanoseconds : 2 * FeedMark.unknownWritersNanoseconds
      #expect(consumer.ids.isEmpty == (settledAgo < UInt64(age) * 1_000_000_000))
      clock.pass(FeedMark.unknownWritersNanoseconds)
      _ = try await follower.round(of: consumer, &mark, &failures)
      #expect(consumer.ids == [ahead, next, old])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a hold that ends later than the clocks of two processes differ keeps no consumer without a reader`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let offsets = OffsetRepository(database: feed.database)
      let longest = OffsetRepository.clockDifferenceSeconds
      // A process whose clock is ahead by as much as is allowed holds the consumer, and one ahead by an hour does not.
      for (ahead, expected) in [(longest, nil), (longest + 1, 0), (3_600, 0)] as [(Int64, Int64?)] {
        let name = "ahead-\(ahead)"
        _ = try await offsets.claim(name, for: "stranger", at: Self.now.adding(seconds: ahead))
        #expect(try await offsets.claim(name, for: "one", at: Self.now) == expected, "\(ahead) s")
      }
    }
  }

  /// To set one aside takes a transaction, and to record a hundred thousand takes a second.
  @Test(arguments: TestEngine.all)
  func `events that another service recorded are passed over, also those that no program can read`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let rows = (1...1_500).map { ("a", "twitch-trigger", "\($0)", JSONText.emptyObject, Self.now) }
      try await feed.database.run(
        Events.insertMany(\.type, \.source, \.subject, \.payload, \.occurredAt, rows: rows))
      _ = try await feed.database.unsafeQuery(
        unsafeSQL: "UPDATE events SET occurred_at = 'infinity' WHERE id > 500")
      let next = try await feed.append()
      let consumer = RecordingConsumer()
      try await feed.follow(consumer)
      #expect(consumer.ids == [next])
      #expect(try await feed.setAside().isEmpty)
      #expect(try await feed.position(of: consumer) == next)
    }
  }
}
