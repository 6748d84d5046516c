import DataAccess
import DatabaseTestSupport
import Schema
import Service
import TestSupport
import Testing

@testable import connector

/// A server that takes over without the last events of the one before gives their ids to other events.
@Suite struct FeedFailoverTests {
  @Test(arguments: TestEngine.drivers)
  func `no position is stored in a log that has another event in place of the newest one that was read`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let ids = [try await feed.append(), try await feed.append()]
      let (consumer, follower) = (RecordingConsumer(), feed.follower())
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      #expect(mark.settled == ids[1])
      try await Self.replace(ids[1], in: feed)
      #expect(try await follower.round(of: consumer, &mark, &failures) == false)
      #expect(try await feed.position(of: consumer) == 0)
      #expect(mark.settled == 0 && mark.witness == nil)
      for _ in 0..<2 { _ = try await follower.round(of: consumer, &mark, &failures) }
      #expect(try await feed.position(of: consumer) == ids[1])
      #expect(Array(consumer.ids.suffix(2)) == ids)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a mark begins again where the log goes on without the newest event that was read`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      try await feed.append()
      let lost = try await feed.append()
      var mark = try await feed.mark()
      #expect(mark.settled == lost)
      try await feed.database.run(Events.delete().where(\.id == lost))
      let (clock, next) = (SteppingClock(), try await feed.append())
      clock.pass(1_000 * FeedMark.unknownWritersNanoseconds)
      let waits = engine.engine.dialect.openWriters == .unknown
      try await feed.follower(on: clock) { FeedUnderTest.now }.feed.advance(&mark)
      #expect(mark.settled == (waits ? 0 : next) && mark.witness?.id == next)
    }
  }

  @Test(arguments: TestEngine.all)
  func `an event that no program can read is a witness of its log`(engine: TestEngine) async throws {
    try await FeedUnderTest.with(engine) { feed in
      try await feed.append()
      let newest = try await feed.append()
      _ = try await feed.database.unsafeQuery(
        unsafeSQL: "UPDATE events SET occurred_at = 'infinity' WHERE id = \(newest)")
      let consumer = RecordingConsumer()
      try await feed.follow(consumer)
      #expect(try await feed.position(of: consumer) == newest)
      #expect(try await feed.setAside().keys.sorted() == [newest])
    }
  }

  /// Puts another event in the place of one, as a server does that never got it.
  private static func replace(_ id: Int64, in feed: FeedUnderTest) async throws {
    try await feed.database.run(Events.update(\.subject <- "another").where(\.id == id))
  }
}
