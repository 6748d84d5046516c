import DataAccess
import DatabaseTestSupport
import EventLoop
import Runtime
import Schema
import Service
import Synchronization
import TestSupport
import Testing

@testable import connector

/// Events whose handling takes long, because one user has much.
@Suite struct FeedPartTests {
  private static let (ada, bob): (Int64, Int64) = (1, 2)

  /// A consumer that another one does the work for, with what happens at each step.
  private final class Watched: FeedConsumer {
    let inner: any FeedConsumer
    private let step: @Sendable (FeedEvent, FeedStep) async throws -> Void
    var name: String { inner.name }
    var types: [String] { inner.types }
    var sources: [String] { inner.sources }
    var minimumAgeSeconds: Int64 { inner.minimumAgeSeconds }

    init(_ inner: any FeedConsumer, step: @escaping @Sendable (FeedEvent, FeedStep) async throws -> Void) {
      (self.inner, self.step) = (inner, step)
    }

    func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep {
      let done = try await inner.consume(event, at: now)
      try await step(event, done)
      return done
    }
  }

  /// A consumer with a clock of its own, of whose parts each takes six seconds.
  private final class Parts: FeedConsumer {
    let name = "parts"
    let types = ["a"]
    let sources = ["backend-api"]
    let minimumAgeSeconds: Int64 = 0
    private let offsets: OffsetRepository
    private let state = Mutex((now: FeedUnderTest.now, taken: 0, parts: 0))

    init(_ database: Database) { offsets = OffsetRepository(database: database) }

    var now: Timestamp { state.withLock { $0.now } }
    var taken: Int { state.withLock { $0.taken } }

    func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep {
      let now = state.withLock { state in
        state.now = state.now.adding(seconds: 6)
        state.parts += 1
        return state.now
      }
      let taken = try await offsets.claim(name, for: "another", at: now) != nil
      return state.withLock { state in
        state.taken += taken ? 1 : 0
        return state.parts < 5 ? .partial : .complete
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a user who leaves with much holds up no other who leaves later`(engine: TestEngine) async throws {
    try await FeedUnderTest.with(engine) { feed in
      try await Self.fill(feed.database, owner: Self.ada, deliveries: 20 * OwnerRepository.rowsPerTransaction)
      try await Self.fill(feed.database, owner: Self.bob, deliveries: 1)
      let owners = OwnerRepository(
        database: feed.database, events: EventLog(source: "connector", account: "connector-rw"))
      let first = try await feed.append("user.deleted", subject: "\(Self.ada)")
      let complete = Mutex<[String]>([])
      let hasBegun = Mutex(false)
      let consumer = Watched(DeletedUsers.sweeps(owners)[0]) { event, step in
        if case .complete = step { complete.withLock { $0.append(event.subject) } }
        let isFirst = hasBegun.withLock { begun in
          defer { begun = true }
          return !begun
        }
        guard isFirst else {
          // The position passes no event that is not complete.
          #expect(try await feed.position(of: DeletedUsers.sweeps(owners)[0]) < first)
          return
        }
        try await feed.append("user.deleted", subject: "\(Self.bob)")
      }
      try await feed.follow(consumer)
      #expect(complete.withLock { $0 } == ["\(Self.bob)", "\(Self.ada)"])
      #expect(try await feed.database.count(WebhookDeliveries.count()) == 0)
      #expect(try await feed.position(of: consumer) > first)
      let removed = try await feed.database.all(
        Events.select(\.payload).where(\.type == "owner.removed").orderBy(\.id), as: { $0.text })
      #expect(removed.last?.contains("\(20 * OwnerRepository.rowsPerTransaction)") == true)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an event that takes many parts keeps the hold of its process`(engine: TestEngine) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let event = try await feed.append()
      let consumer = Parts(feed.database)
      let follower = feed.follower { consumer.now }
      var (mark, failures) = (try await feed.mark(), FeedFollower.Failures())
      _ = try await follower.round(of: consumer, &mark, &failures)
      #expect(consumer.taken == 0)
      #expect(try await feed.position(of: consumer) == event)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `the lag of a consumer is shown while it handles an event`(engine: TestEngine) async throws {
    try await FeedUnderTest.with(engine) { feed in
      try await feed.append()
      let (isWaiting, mayGoOn) = (StopFlag(), StopFlag())
      let loop = feed.database.loop
      let consumer = Watched(RecordingConsumer()) { _, _ in
        isWaiting.set()
        while !mayGoOn.isSet { await loop.sleep(milliseconds: 10) }
      }
      // A clock of its own, of which a look passes the wait of an engine that reports no open transactions.
      let leaping = SteppingClock(stride: FeedMark.unknownWritersNanoseconds)
      let follower = FeedFollower(
        database: feed.database, consumers: [consumer], progress: FeedProgress(metrics: feed.metrics),
        logger: .silent, currentTime: { .now() }, monotonicTime: { leaping.look() })
      let following = Task { await follower.run(on: loop) }
      try await eventually("the first event is handled") { isWaiting.isSet }
      try await feed.append()
      let newest = try await feed.append()
      let isShown = await eventually {
        String(decoding: feed.metrics.exposition(), as: UTF8.self)
          .contains(#"event_feed_lag_events{consumer="recorder"} \#(newest)"#)
      }
      mayGoOn.set()
      following.cancel()
      await following.value
      #expect(isShown)
    }
  }

  private static func fill(_ database: Database, owner: Int64, deliveries: Int) async throws {
    let now = FeedUnderTest.now
    let webhook = try await database.insert(
      Webhooks.insert(
        \.ownerID <- owner, \.url <- "https://example.org", \.secret <- "sealed",
        \.eventTypes <- .emptyObject, \.active <- true, \.createdAt <- now, \.updatedAt <- now),
      returning: \.id)
    try await database.run(
      WebhookDeliveries.insertMany(
        \.webhookID, \.eventID, rows: (1...deliveries).map { (webhook, Int64($0)) }))
  }
}
