import DataAccess
import DatabaseTestSupport
import Foundation
import Schema
import TestSupport
import Testing

@testable import connector

/// Three consumers follow the log on PostgreSQL, while ten writers commit out of order and connections are ended.
///
/// `FEED_EVENTS` sets the number of events. `make stress` runs a million of them in a release build, and then the test
/// holds the speed and the memory to their limits too.
@Suite struct FeedVolumeTests {
  private static let (consumers, writers) = (3, 10)
  private static let defaultEvents = 4_000
  /// From here on, the figures are those of the product, and not of its start.
  private static let largeEvents = 500_000
  private static let eventsPerSecond = 20_000
  private static let memoryGrowthBytes = 32 << 20

  @Test func `no consumer misses an event while writers commit out of order and connections are ended`()
    async throws
  {
    let events = try TestSize.of("FEED_EVENTS") ?? Self.defaultEvents
    let isLarge = events >= Self.largeEvents
    try await FeedUnderTest.with(.postgresql, pool: .patient(Self.consumers + 1)) { feed, test in
      let consumers = (1...Self.consumers).map { SeeingConsumer("consumer-\($0)") }
      let begin = ContinuousClock.now
      let figures = try await Self.following(feed, consumers) {
        try await test.withPool(.patient(Self.writers)) { database in
          try await Disturbance(
            test, pauseMilliseconds: isLarge ? 1_000 : 250,
            reader: isLarge ? SkippingReader(feed.database) : nil
          ).during {
            try await EventWriters(database, events: events, writers: Self.writers).run()
            try await Self.arrival(of: consumers, in: feed)
          }
        }
      }
      let seconds = (ContinuousClock.now - begin) / .seconds(1)
      let stored = try await Self.compare(consumers, with: feed.database)
      let speed = Int(Double(stored) / seconds)
      let repeats = consumers.map(\.seen.repeats)
      print(
        "stress: \(stored) events by \(Self.writers) writers, followed by \(Self.consumers) consumers: "
          + "\(speed)/s, \(figures.kills) connections ended, repeats \(repeats), \(figures.memory)"
          + (figures.skipped.map { "; a reader behind the highest id skips \($0)" } ?? ""))
      #expect(stored >= events && figures.kills > 0)
      guard isLarge else { return }
      #expect(speed >= Self.eventsPerSecond)
      #expect(figures.memoryGrowthBytes <= Self.memoryGrowthBytes)
      #expect(
        figures.skipped ?? 0 > 0, "the commits were in the order of the ids, and the test proves nothing")
    }
  }

  @Test(arguments: ["1e6", "1000000 ", "", "0", "-5"])
  func `a size that is no whole number above 0 fails the test`(text: String) throws {
    #expect(throws: SupportError.self) { try TestSize.size(text, of: "FEED_EVENTS") }
    #expect(try TestSize.size("1000000", of: "FEED_EVENTS") == 1_000_000)
  }

  /// Follows the log as the connector does, while the body runs.
  private static func following(
    _ feed: FeedUnderTest, _ consumers: [SeeingConsumer], _ body: () async throws -> Figures
  ) async throws -> Figures {
    let follower = FeedFollower(
      database: feed.database, consumers: consumers, progress: FeedProgress(metrics: feed.metrics),
      logger: .silent, currentTime: { Timestamp.now() })
    let loop = feed.database.loop
    let following = Task { await follower.run(on: loop) }
    let outcome: Result<Figures, any Error>
    do {
      outcome = .success(try await body())
    } catch {
      outcome = .failure(error)
    }
    following.cancel()
    await following.value
    return try outcome.get()
  }

  /// Waits until every consumer has reached the newest event. A look whose connection was ended counts as one too early.
  private static func arrival(of consumers: [SeeingConsumer], in feed: FeedUnderTest) async throws {
    let newest = Events.aggregate(.max(\.id)).making { $0 ?? Int64(0) }
    try await eventually("every consumer is at the newest event", withinMilliseconds: 600_000) {
      guard let newest = try? await feed.database.one(newest) else { return false }
      for consumer in consumers {
        guard let position = try? await feed.position(of: consumer), position >= newest else { return false }
      }
      return true
    }
  }

  /// Each consumer has seen exactly the stored events, in their order; returns the number of these.
  private static func compare(_ consumers: [SeeingConsumer], with database: Database) async throws -> Int {
    let seen = consumers.map(\.seen)
    var (stored, missed) = (0, 0)
    var place: PageKey?
    repeat {
      let page = try await database.page(Events.select(\.id), after: place, limit: 1_000) { $0 }
      stored += page.items.count
      for id in page.items { missed += seen.count { !$0.contains(id) } }
      place = page.next
    } while place != nil
    for (consumer, seen) in zip(consumers, seen) {
      #expect(seen.count == stored && seen.outOfOrder == 0, "\(consumer.name)")
    }
    #expect(missed == 0)
    return stored
  }
}
