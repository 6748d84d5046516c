import DataAccess
import DatabaseTestSupport
import EventLoop
import Migrations
import Runtime
import Schema
import Service
import TestSupport
import Testing

@testable import connector

@Suite struct FeedTests {
  /// Where the engine reports no open transactions, the time decides, and here the time leaps.
  private static let reporting = TestEngine.all.filter { $0.engine.dialect.openWriters != .unknown }

  @Test(arguments: TestEngine.drivers)
  func `a consumer gets the events of its types in order, once, and goes on behind its position`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let consumer = RecordingConsumer()
      let first = try await feed.append()
      try await feed.append("b")
      let third = try await feed.append()
      try await feed.follow(consumer)
      #expect(consumer.ids == [first, third])
      let fourth = try await feed.append()
      try await feed.follow(consumer)
      #expect(consumer.ids == [first, third, fourth])
      #expect(try await feed.position(of: consumer) == fourth)
      let page = String(decoding: feed.metrics.exposition(), as: UTF8.self)
      #expect(page.contains(#"event_feed_lag_events{consumer="recorder"} 0"#))
      #expect(page.contains(#"event_feed_events_total{consumer="recorder",outcome="handled"} 3"#))
    }
  }

  @Test func `a consumer that completes no round has the time of its start`() {
    let metrics = MetricRegistry()
    FeedProgress(metrics: metrics).begin("new", at: Timestamp(microsecondsSinceEpoch: 7_000_000))
    let page = String(decoding: metrics.exposition(), as: UTF8.self)
    #expect(page.contains(#"event_feed_complete_timestamp_seconds{consumer="new"} 7"#), "\(page)")
  }

  @Test func `a feed without new events moves the time up to which it is complete`() {
    let metrics = MetricRegistry()
    let progress = FeedProgress(metrics: metrics)
    for second: Int64 in [7, 900] {
      progress.note("idle", position: 3, newest: 3, at: Timestamp(microsecondsSinceEpoch: second * 1_000_000))
      let page = String(decoding: metrics.exposition(), as: UTF8.self)
      #expect(page.contains(#"event_feed_complete_timestamp_seconds{consumer="idle"} \#(second)"#), "\(page)")
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `consumers have positions of their own`(engine: TestEngine) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let (one, two) = (RecordingConsumer("one"), RecordingConsumer("two"))
      let first = try await feed.append()
      try await feed.follow(one)
      let second = try await feed.append()
      try await feed.follow(two)
      #expect(one.ids == [first] && two.ids == [first, second])
    }
  }

  /// An engine with one writer has no such transaction: the later insert waits for the earlier one.
  @Test(arguments: reporting.filter { $0.engine.dialect.openWriters != .none })
  func `an event that commits after a later one was read is not missed, and the order stays`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let consumer = RecordingConsumer()
      let (early, late) = try await feed.database.transaction { transaction throws(DatabaseError) in
        let early = try await transaction.insert(FeedUnderTest.event(), returning: \.id)
        let late = try await feed.append()
        do {
          try await feed.follow(consumer)
        } catch {
          throw DatabaseError(.other, detail: "\(error)")
        }
        #expect(consumer.ids.isEmpty)
        return (early, late)
      }
      #expect(early < late)
      try await feed.follow(consumer)
      #expect(consumer.ids == [early, late])
    }
  }

  @Test(arguments: TestEngine.drivers.filter { $0.engine.dialect.openWriters == .unknown })
  func `where the engine reports no open transactions, an event waits until none can be open`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let (consumer, clock) = (RecordingConsumer(), SteppingClock())
      let follower = feed.follower(on: clock) { FeedUnderTest.now }
      var (mark, failures) = (FeedMark(), FeedFollower.Failures())
      let ids = try await feed.database.transaction { transaction throws(DatabaseError) in
        let early = try await transaction.insert(FeedUnderTest.event(), returning: \.id)
        let late = try await feed.append()
        _ = try await follower.round(of: consumer, &mark, &failures)
        clock.pass(FeedMark.unknownWritersNanoseconds - 1)
        _ = try await follower.round(of: consumer, &mark, &failures)
        #expect(consumer.ids.isEmpty)
        return [early, late]
      }
      clock.pass(1)
      _ = try await follower.round(of: consumer, &mark, &failures)
      #expect(consumer.ids == ids)
    }
  }

  @Test(arguments: reporting)
  func `three consumers miss no event and change no order while ten writers commit and roll back`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let consumers = (1...3).map { RecordingConsumer("consumer-\($0)") }
      let written = StopFlag()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for consumer in consumers {
          group.addTask { [feed] in
            while !written.isSet { try await feed.follow(consumer, rounds: 5) }
          }
        }
        group.addTask {
          defer { written.set() }
          try await Self.write(to: feed, writers: 10, transactions: 30)
        }
        try await group.waitForAll()
      }
      let stored = try await feed.database.all(Events.select(\.id).orderBy(\.id), as: { $0 })
      #expect(stored.count > 100)
      for consumer in consumers {
        try await feed.follow(consumer, rounds: 10)
        #expect(consumer.ids == stored, "\(consumer.name)")
      }
    }
  }

  /// Transactions of one to three events, of which some roll back, with pauses between their statements.
  private static func write(to feed: FeedUnderTest, writers: Int, transactions: Int) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask {
          for round in 0..<transactions {
            try? await feed.database.transaction { transaction throws(DatabaseError) in
              for _ in 0...(round % 3) {
                try await transaction.run(FeedUnderTest.event("a", "\(writer)"))
                await feed.database.loop.sleep(milliseconds: Int.random(in: 0...3))
              }
              if round % 10 == 9 { throw DatabaseError(.other, detail: "rolled back on purpose") }
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an event that can never be handled is set aside with its reason, and the next ones are handled`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let poison = try await feed.append(subject: "poison")
      let next = try await feed.append(subject: "2")
      let consumer = RecordingConsumer { event in
        if event.subject == "poison" { throw PoisonEvent(reason: "no reason to handle it") }
      }
      try await feed.follow(consumer)
      #expect(consumer.ids == [next])
      #expect(try await feed.setAside() == [poison: "no reason to handle it"])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an event that the database refuses each time is set aside after some attempts`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let refused = try await feed.append()
      let consumer = RecordingConsumer { _ in throw DatabaseError(.checkViolation) }
      let follower = feed.follower()
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      for _ in 1..<FeedFollower.attempts {
        await #expect(throws: DatabaseError.self) {
          try await follower.round(of: consumer, &mark, &failures)
        }
      }
      #expect(try await feed.setAside().isEmpty)
      _ = try await follower.round(of: consumer, &mark, &failures)
      #expect(try await feed.setAside().keys.sorted() == [refused])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an unavailable database sets no event aside and moves no position`(engine: TestEngine) async throws {
    try await FeedUnderTest.with(engine) { feed in
      try await feed.append()
      let consumer = RecordingConsumer { _ in throw DatabaseError(.connectionLost) }
      let follower = feed.follower()
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      for _ in 0..<2 * FeedFollower.attempts {
        await #expect(throws: DatabaseError.self) {
          try await follower.round(of: consumer, &mark, &failures)
        }
      }
      #expect(try await feed.setAside().isEmpty)
      #expect(try await feed.position(of: consumer) == 0)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a slow page stores the position after each second of work, and keeps its hold`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let ids = [try await feed.append(), try await feed.append(), try await feed.append()]
      let offsets = OffsetRepository(database: feed.database)
      let consumer = SlowConsumer(seconds: 6) { _, name, now in
        // The work so far is longer than a hold, from the second event on.
        #expect(try await offsets.claim(name, for: "another", at: now) == nil)
        return try await offsets.position(of: name)
      }
      let follower = feed.follower { consumer.now }
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      _ = try await follower.round(of: consumer, &mark, &failures)
      #expect(consumer.ids == ids && consumer.notes == [0, ids[0], ids[1]])
      #expect(try await feed.position(of: consumer) >= ids[2])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a process that lost its hold within a page stops at once, and moves no position`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let ids = [try await feed.append(), try await feed.append(), try await feed.append()]
      let offsets = OffsetRepository(database: feed.database)
      let consumer = SlowConsumer(seconds: OffsetRepository.holdSeconds + 1) { event, name, now in
        event.id == ids[1] ? try await offsets.claim(name, for: "another", at: now) ?? -1 : 0
      }
      let follower = feed.follower { consumer.now }
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      #expect(try await follower.round(of: consumer, &mark, &failures) == false)
      #expect(consumer.ids == Array(ids.prefix(2)) && consumer.notes == [0, ids[0]])
      #expect(try await feed.position(of: consumer) == ids[0])
    }
  }

  @Test(arguments: TestEngine.all, [0, 1])
  func `a process that lost its hold before a run of unreadable events stops after the first one`(
    engine: TestEngine, readable: Int
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      for _ in 0..<3 { try await feed.append() }
      _ = try await feed.database.unsafeQuery(unsafeSQL: "UPDATE events SET occurred_at = 'infinity'")
      for _ in 0..<readable { try await feed.append() }
      let consumer = OvertakenConsumer(feed.database)
      let follower = feed.follower { consumer.now }
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      #expect(try await follower.round(of: consumer, &mark, &failures) == false)
      #expect(try await feed.setAside().count == 1)
      #expect(consumer.ids.isEmpty)
    }
  }

  @Test(arguments: TestEngine.all)
  func `following the log reads no payload, which may be of any size`(engine: TestEngine) async throws {
    try await DeliveryUnderTest.with(engine) { test in
      try await test.subscribe("/ok", to: ["setting.*"])
      let event = try await test.feed.append("setting.changed", subject: "\(DeliveryUnderTest.owner)")
      // Each statement that names the column fails from now on.
      _ = try await test.database.unsafeQuery(
        unsafeSQL: "ALTER TABLE events RENAME COLUMN payload TO unread_payload")
      try await test.feed.follow(WebhookFanOut(test.database))
      #expect(try await test.row("/ok")?.eventID == event)
      await #expect(throws: DatabaseError.self) {
        try await EventFeed(test.database).pageWithPayloads(
          of: ["setting.changed"], by: "backend-api", after: 0, through: event, limit: 1)
      }
    }
  }

  @Test(arguments: TestEngine.all)
  func `a page with payloads has the events of the named service alone`(engine: TestEngine) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let first = try await feed.append()
      try await feed.append(source: "connector")
      let last = try await feed.append()
      let page = try await EventFeed(feed.database).pageWithPayloads(
        of: ["a"], by: "backend-api", after: 0, through: last, limit: 10)
      #expect(page.events.map(\.id) == [first, last])
      #expect(page.events.allSatisfy { $0.payload == .emptyObject })
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a consumer that fails within a page keeps the position of what it has handled`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      try await feed.append()
      let second = try await feed.append()
      try await feed.append(subject: "refused")
      let consumer = RecordingConsumer { event in
        if event.subject == "refused" { throw DatabaseError(.connectionLost) }
      }
      let follower = feed.follower()
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      await #expect(throws: DatabaseError.self) {
        try await follower.round(of: consumer, &mark, &failures)
      }
      #expect(try await feed.position(of: consumer) == second)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `one process at a time follows the log for a consumer, and another takes over when its hold ends`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let offsets = OffsetRepository(database: feed.database)
      let (now, later) = (FeedUnderTest.now, FeedUnderTest.now.adding(seconds: 60))
      let first = try await offsets.claim("c", for: "one", at: now)
      let refused = try await offsets.claim("c", for: "two", at: now)
      #expect(first == 0 && refused == nil)
      let moved = try await offsets.advance("c", of: "one", to: 5, at: now)
      let taken = try await offsets.claim("c", for: "two", at: later)
      #expect(moved == .stored && taken == 5)
      let late = try await offsets.advance("c", of: "one", to: 6, at: later)
      let back = try await offsets.advance("c", of: "two", to: 4, at: later)
      let position = try await offsets.position(of: "c")
      #expect(late == .holdLost && back == .holdLost && position == 5)
    }
  }
}
