import DataAccess
import DatabaseTestSupport
import Logging
import Runtime
import Schema
import Service
import Synchronization
import TestSupport
import Testing

@testable import connector

/// What the consumers of the tests trust.
private let testSources = ["backend-api"]

/// A consumer that keeps the events it gets.
final class RecordingConsumer: FeedConsumer {
  let name: String
  let types: [String]
  let sources = testSources
  let minimumAgeSeconds: Int64
  private let refusing: @Sendable (FeedEvent) throws -> Void
  private let events = Mutex<[FeedEvent]>([])

  init(
    _ name: String = "recorder", types: [String] = ["a"], minimumAgeSeconds: Int64 = 0,
    refusing: @escaping @Sendable (FeedEvent) throws -> Void = { _ in }
  ) {
    self.name = name
    self.types = types
    self.minimumAgeSeconds = minimumAgeSeconds
    self.refusing = refusing
  }

  var ids: [Int64] { events.withLock { $0.map(\.id) } }

  func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep {
    try refusing(event)
    events.withLock { $0.append(event) }
    return .complete
  }
}

/// A consumer with a clock of its own, on which each event takes some seconds.
final class SlowConsumer: FeedConsumer {
  let name = "slow"
  let types = ["a"]
  let sources = testSources
  let minimumAgeSeconds: Int64 = 0
  private let seconds: Int64
  private let noting: @Sendable (FeedEvent, _ consumer: String, _ now: Timestamp) async throws -> Int64
  private let state = Mutex((now: FeedUnderTest.now, ids: [Int64](), notes: [Int64]()))

  /// `noting` runs at the end of each event, and returns what ``notes`` keep.
  init(
    seconds: Int64,
    noting: @escaping @Sendable (FeedEvent, _ consumer: String, _ now: Timestamp) async throws -> Int64
  ) {
    self.seconds = seconds
    self.noting = noting
  }

  var now: Timestamp { state.withLock { $0.now } }
  var ids: [Int64] { state.withLock { $0.ids } }
  var notes: [Int64] { state.withLock { $0.notes } }

  func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep {
    let end = state.withLock { state in
      state.now = state.now.adding(seconds: seconds)
      return state.now
    }
    let note = try await noting(event, name, end)
    state.withLock { state in
      state.ids.append(event.id)
      state.notes.append(note)
    }
    return .complete
  }
}

/// A consumer with a clock of its own, whose hold ends before the first event of its page: another process takes over.
final class OvertakenConsumer: FeedConsumer {
  let name = "overtaken"
  let types = ["a"]
  let sources = testSources
  let minimumAgeSeconds: Int64 = 0
  private let offsets: OffsetRepository
  private let state = Mutex((now: FeedUnderTest.now, ids: [Int64]()))

  init(_ database: Database) {
    offsets = OffsetRepository(database: database)
  }

  var now: Timestamp { state.withLock { $0.now } }
  var ids: [Int64] { state.withLock { $0.ids } }

  func concerned(by events: [FeedEvent]) async throws(DatabaseError) -> Set<Int64>? {
    let later = state.withLock { state in
      state.now = state.now.adding(seconds: OffsetRepository.holdSeconds + 1)
      return state.now
    }
    _ = try await offsets.claim(name, for: "another", at: later)
    return nil
  }

  func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep {
    state.withLock { $0.ids.append(event.id) }
    return .complete
  }
}

/// The event log of a migrated database, with a follower of the connector.
struct FeedUnderTest {
  static let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

  let database: Database
  let metrics = MetricRegistry()
  /// Where the engine reports no open transactions, each look is as much later as an event waits. A test without open
  /// ones then needs two looks there, and no wait.
  private let leaping: SteppingClock

  init(database: Database) {
    self.database = database
    let waits = database.dialect.openWriters == .unknown
    leaping = SteppingClock(stride: waits ? FeedMark.unknownWritersNanoseconds : 0)
  }

  static func with(_ engine: TestEngine, _ body: (FeedUnderTest) async throws -> Void) async throws {
    try await with(engine, pool: .patient(14)) { feed, _ in try await body(feed) }
  }

  static func with(
    _ engine: TestEngine, pool: PoolConfiguration,
    _ body: (FeedUnderTest, TestDatabase) async throws -> Void
  ) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool(pool) { database in
        try await body(FeedUnderTest(database: database), test)
      }
    }
  }

  /// A process that follows the log at a time.
  func follower(at now: Timestamp = now) -> FeedFollower { follower { now } }

  /// A process with a clock.
  func follower(
    on monotonic: SteppingClock? = nil, logger: Logger = .silent,
    clock: @escaping @Sendable () -> Timestamp
  ) -> FeedFollower {
    let monotonic = monotonic ?? leaping
    return FeedFollower(
      database: database, consumers: [], progress: FeedProgress(metrics: metrics), logger: logger,
      currentTime: clock, monotonicTime: { monotonic.look() })
  }

  /// A mark up to which the log is settled, for a test of one round.
  func mark() async throws -> FeedMark {
    var mark = FeedMark()
    for _ in 0..<2 { try await follower().feed.advance(&mark) }
    return mark
  }

  /// Rounds of one process, until nothing more is to do; `rounds` bounds them.
  func follow(_ consumer: any FeedConsumer, at now: Timestamp = now, rounds: Int = 3) async throws {
    let follower = follower(at: now)
    var mark = FeedMark()
    var failures = FeedFollower.Failures()
    for _ in 0..<rounds { _ = try await follower.round(of: consumer, &mark, &failures) }
    try await OffsetRepository(database: database).release(consumer.name)
  }

  @discardableResult
  func append(
    _ type: String = "a", subject: String = "1", source: String = "backend-api", at moment: Timestamp = now
  ) async throws(DatabaseError) -> Int64 {
    try await database.insert(Self.event(type, subject, source, moment), returning: \.id)
  }

  static func event(
    _ type: String = "a", _ subject: String = "1", _ source: String = "backend-api",
    _ moment: Timestamp = now
  ) -> Insert<Events> {
    Events.insert(
      \.type <- type, \.source <- source, \.subject <- subject, \.payload <- .emptyObject,
      \.occurredAt <- moment)
  }

  func position(of consumer: any FeedConsumer) async throws -> Int64 {
    try await OffsetRepository(database: database).position(of: consumer.name)
  }

  func setAside() async throws -> [Int64: String] {
    let rows = try await database.all(ConnectorSetAsideEvents.select(\.eventID, \.reason)) { ($0, $1) }
    return Dictionary(uniqueKeysWithValues: rows)
  }
}

extension WebhookFanOut {
  init(_ database: Database) {
    self.init(
      database, events: EventLog(source: "connector", account: "connector-rw"), metrics: .unread)
  }
}

extension DeliveryMetrics {
  /// Metrics that no test reads.
  static var unread: DeliveryMetrics { DeliveryMetrics(registry: MetricRegistry()) }
}

extension OwnerRepository {
  /// Removes part after part.
  @discardableResult
  func removeEverything(of ownerID: Int64, at now: Timestamp) async throws(DatabaseError) -> Removed {
    var removed = Removed()
    while try await !removePart(of: ownerID, adding: &removed, at: now) {}
    return removed
  }
}

extension OffsetRepository {
  /// Ends the hold of a consumer, as the time does.
  fileprivate func release(_ consumer: String) async throws(DatabaseError) {
    try await database.run(
      ConnectorOffsets.update(\.holder <- nil, \.heldUntil <- nil).where(\.consumer == consumer))
  }
}
