import Clock
import Cryptography
import DataAccess
import Encoding
import EventLoop
import Logging
import Runtime
import Schema
import Service

/// Follows the event log for each consumer, from the consumer's own position.
///
/// A consumer that fails stops alone and begins again behind its position; the others go on.
struct FeedFollower: Sendable {
  /// The pause after a round that found nothing more to do.
  static let idleMilliseconds = 500
  /// The events of one page. The position moves after each page, and within one after ``FeedCursor/storingMicroseconds``.
  /// A page costs two statements, those of ``FeedConsumer/concerned(by:)``, those of each event that needs handling, and a
  /// transaction of two that stores the position.
  static let pageLimit = 1_000
  /// Attempts at an event whose handling the database refuses, before it is set aside.
  static let attempts = 5
  /// How far the moment of an event may lie ahead of this clock before the log says so.
  static let clockDifferenceSeconds: Int64 = 60
  /// The pause between two looks for the newest event, for the metrics.
  static let watchMilliseconds = 1_000

  let feed: EventFeed
  let offsets: OffsetRepository
  let consumers: [any FeedConsumer]
  let progress: FeedProgress
  let logger: Logger
  let currentTime: @Sendable () -> Timestamp
  /// The name of this process in the holds.
  private let holder = Hex.encode(SecureRandom.bytes(16))

  init(
    database: Database, consumers: [any FeedConsumer], progress: FeedProgress, logger: Logger,
    currentTime: @escaping @Sendable () -> Timestamp,
    monotonicTime: @escaping @Sendable () -> UInt64 = MonotonicClock.nanoseconds
  ) {
    feed = EventFeed(database, monotonicTime: monotonicTime)
    offsets = OffsetRepository(database: database)
    self.consumers = consumers
    self.progress = progress
    self.logger = logger
    self.currentTime = currentTime
  }

  /// Follows the log until the task is cancelled.
  func run(on loop: EventLoop) async {
    for consumer in consumers { progress.begin(consumer.name, at: currentTime()) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await watch(on: loop) }
      for consumer in consumers { group.addTask { await follow(consumer, on: loop) } }
    }
  }

  /// Keeps the metrics up to date while events are handled, which may take long: a lag that is measured at the end of
  /// the work would be 0 until then.
  private func watch(on loop: EventLoop) async {
    while !Task.isCancelled {
      if let newest = try? await feed.newestID() { progress.note(newest: newest, at: currentTime()) }
      await loop.sleep(milliseconds: Self.watchMilliseconds)
    }
  }

  private func follow(_ consumer: any FeedConsumer, on loop: EventLoop) async {
    var mark = FeedMark()
    var backoff = Backoff(firstMilliseconds: Self.idleMilliseconds, maximumMilliseconds: 30_000)
    var failures = Failures()
    while !Task.isCancelled {
      do throws(DatabaseError) {
        let hasMore = try await round(of: consumer, &mark, &failures)
        backoff.reset()
        if !hasMore { await loop.sleep(milliseconds: Self.idleMilliseconds) }
      } catch {
        if Task.isCancelled { break }
        logger.warning(
          "consumer of events stopped for a while",
          metadata: ["consumer": "\(consumer.name)", "error": "\(error)", "event": "\(failures.eventID)"])
        await loop.sleep(milliseconds: backoff.nextPauseMilliseconds())
      }
    }
  }

  /// Handles the settled events behind the position, page by page; returns whether more may wait.
  func round(
    of consumer: any FeedConsumer, _ mark: inout FeedMark, _ failures: inout Failures
  ) async throws(DatabaseError) -> Bool {
    let newest = try await feed.advance(&mark)
    let stored = try await offsets.position(of: consumer.name)
    progress.note(consumer.name, position: stored, newest: newest, at: currentTime())
    guard mark.settled > stored,
      let position = try await offsets.claim(consumer.name, for: holder, at: currentTime())
    else { return false }
    var cursor = FeedCursor(at: position, currentTime())
    var reach = Reach(of: mark, newest, for: consumer)
    while !Task.isCancelled {
      let end = try await followPage(of: consumer, &cursor, reach, &failures)
      switch end {
      case .holdLost: return false
      case .otherLog: return otherLog(consumer, &mark)
      case .complete(isLast: false): break
      case .tooYoung, .complete(isLast: true):
        guard !cursor.begun.isEmpty else { return false }
        // Events that were recorded meanwhile get their turns beside those that take long.
        guard let further = try await lookFurther(&mark, for: consumer) else {
          return otherLog(consumer, &mark)
        }
        reach = further
      }
    }
    return true
  }

  private func otherLog(_ consumer: any FeedConsumer, _ mark: inout FeedMark) -> Bool {
    mark = FeedMark()
    logger.warning("event log replaced by another one", metadata: ["consumer": "\(consumer.name)"])
    return false
  }

  /// How far a consumer may go now; nil where the log is another one than at the last look.
  private func lookFurther(
    _ mark: inout FeedMark, for consumer: any FeedConsumer
  ) async throws(DatabaseError) -> Reach? {
    let known = mark.witness
    let newest = try await feed.advance(&mark)
    if let known, try await !EventFeed.isSameLog(as: known, offsets.database) { return nil }
    return Reach(of: mark, newest, for: consumer)
  }

  /// How far a consumer may go in a round.
  private struct Reach {
    /// The events up to this id are settled.
    let settled: Int64
    /// The events up to this id were settled so long ago that they are old enough, at any moment that they name.
    let aged: Int64
    /// The newest event, settled or not.
    let newest: Int64
    let witness: FeedWitness?

    init(of mark: FeedMark, _ newest: Int64, for consumer: any FeedConsumer) {
      settled = mark.settled
      let age = UInt64(max(0, consumer.minimumAgeSeconds)) * 1_000_000_000
      aged = age == 0 ? settled : mark.settled(for: age)
      self.newest = newest
      witness = mark.witness
    }
  }

  /// Handles the next page of the settled events, and the next part of each event that has begun. Stores the position,
  /// which renews the hold.
  private func followPage(
    of consumer: any FeedConsumer, _ cursor: inout FeedCursor, _ reach: Reach, _ failures: inout Failures
  ) async throws(DatabaseError) -> PageEnd {
    let end: PageEnd
    do throws(DatabaseError) {
      let begun = cursor.begun
      end =
        cursor.hasRoom
        ? try await readPage(of: consumer, &cursor, reach, &failures) : .complete(isLast: false)
      if end.isHeld, let lost = try await goOn(with: begun, consumer, &cursor, reach, &failures) {
        return lost
      }
    } catch {
      // What was handled stays handled; where this fails too, the events come again.
      _ = try? await store(&cursor, of: consumer, reach)
      throw error
    }
    return try await end.isHeld ? store(&cursor, of: consumer, reach) ?? end : end
  }

  private func readPage(
    of consumer: any FeedConsumer, _ cursor: inout FeedCursor, _ reach: Reach, _ failures: inout Failures
  ) async throws(DatabaseError) -> PageEnd {
    let page = try await feed.page(
      of: consumer.types, by: consumer.sources, after: cursor.read, through: reach.settled,
      limit: Self.pageLimit)
    let end = try await handle(page, consumer, &cursor, reach, &failures)
    switch end {
    case .holdLost, .otherLog: break
    case .tooYoung(let id): cursor.read(through: id - 1)
    case .complete(let isLast): cursor.read(through: isLast ? reach.settled : page.last ?? reach.settled)
    }
    return end
  }

  /// Why the handling of a page ended.
  private enum PageEnd {
    case complete(isLast: Bool)
    /// The event with this id is too young.
    case tooYoung(Int64)
    /// Another process follows the log for the consumer by now.
    case holdLost
    /// A server that lacks events of this log, or has other ones, has taken over.
    case otherLog

    /// Whether this process may go on.
    var isHeld: Bool {
      switch self {
      case .complete, .tooYoung: true
      case .holdLost, .otherLog: false
      }
    }
  }

  /// Handles the events in order, and stores the position now and then.
  private func handle(
    _ page: FeedPage<FeedEvent>, _ consumer: any FeedConsumer, _ cursor: inout FeedCursor, _ reach: Reach,
    _ failures: inout Failures
  ) async throws(DatabaseError) -> PageEnd {
    var (count, warned) = (0, Warned())
    defer { progress.countHandled(consumer.name, count) }
    let concerned = try await consumer.concerned(by: page.events)
    for (id, event) in page.entries {
      if let event {
        let now = currentTime()
        // The service that recorded the event named the moment: it may lie years ahead, and must stop nothing.
        guard id <= reach.aged || event.occurredAt.adding(seconds: consumer.minimumAgeSeconds) <= now else {
          return .tooYoung(id)
        }
        warned.warn(of: event, by: now, consumer, logger)
        if !(concerned?.contains(id) ?? true) {
          count += 1
        } else {
          switch try await handle(event, consumer, &failures, at: now) {
          case .complete: count += 1
          case .partial: cursor.begin(event)
          case .tooOld: warned.passOver(event, consumer, progress, logger)
          case nil: break
          }
        }
      } else {
        try await setAsideUnreadable(id, consumer)
      }
      cursor.read(through: id)
      guard cursor.isDue(at: currentTime()) else { continue }
      if let end = try await store(&cursor, of: consumer, reach) { return end }
      progress.countHandled(consumer.name, count)
      count = 0
    }
    return .complete(isLast: !page.isFull)
  }

  /// Handles one part more of each event that had begun; returns why that ended early.
  private func goOn(
    with begun: [FeedEvent], _ consumer: any FeedConsumer, _ cursor: inout FeedCursor, _ reach: Reach,
    _ failures: inout Failures
  ) async throws(DatabaseError) -> PageEnd? {
    for event in begun {
      let step = try await handle(event, consumer, &failures, at: currentTime())
      switch step {
      case .partial: break
      case .complete, .tooOld, nil:
        cursor.complete(event.id)
        progress.countHandled(consumer.name, step == .complete ? 1 : 0)
      }
      guard cursor.isDue(at: currentTime()) else { continue }
      if let end = try await store(&cursor, of: consumer, reach) { return end }
    }
    return nil
  }

  /// Stores the position, which renews the hold; returns why the page ends where that was refused.
  private func store(
    _ cursor: inout FeedCursor, of consumer: any FeedConsumer, _ reach: Reach
  ) async throws(DatabaseError) -> PageEnd? {
    let now = currentTime()
    guard cursor.hasMoved || cursor.isDue(at: now) else { return nil }
    let stored = try await offsets.advance(
      consumer.name, of: holder, to: cursor.handled, in: reach.witness, at: now)
    switch stored {
    case .stored: cursor.stored(at: now)
    case .holdLost: return .holdLost
    case .otherLog: return .otherLog
    }
    progress.note(consumer.name, position: cursor.handled, newest: reach.newest, at: now)
    return nil
  }

  /// What was done with the event; nil where it was set aside.
  private func handle(
    _ event: FeedEvent, _ consumer: any FeedConsumer, _ failures: inout Failures, at now: Timestamp
  ) async throws(DatabaseError) -> FeedStep? {
    do {
      return try await consumer.consume(event, at: now)
    } catch let poison as PoisonEvent {
      try await setAside(event.id, consumer, because: poison.reason)
    } catch let error as DatabaseError {
      guard error.concernsTheEvent, failures.add(event.id) >= Self.attempts else { throw error }
      try await setAside(event.id, consumer, because: "\(error)")
    } catch {
      throw DatabaseError(.other, detail: "\(error)")
    }
    return nil
  }

  private func setAsideUnreadable(_ id: Int64, _ consumer: any FeedConsumer) async throws(DatabaseError) {
    try await setAside(id, consumer, because: "the event holds a value that no program represents")
  }

  private func setAside(
    _ id: Int64, _ consumer: any FeedConsumer, because reason: String
  ) async throws(DatabaseError) {
    try await offsets.setAside(id, by: consumer.name, because: reason, at: currentTime())
    progress.countSetAside(consumer.name)
    logger.error(
      "event set aside",
      metadata: ["consumer": "\(consumer.name)", "event": "\(id)", "reason": "\(reason)"])
  }

  /// What was logged about the events of a page: one line of a kind, because an account in other hands may record many.
  private struct Warned {
    private var isAhead = false
    private var isTooOld = false

    /// Reports an event whose moment lies ahead of this clock.
    mutating func warn(of event: FeedEvent, by now: Timestamp, _ consumer: any FeedConsumer, _ logger: Logger)
    {
      guard !isAhead, event.occurredAt > now.adding(seconds: clockDifferenceSeconds) else { return }
      isAhead = true
      logger.warning("event dated ahead of this clock", metadata: Self.fields(of: event, consumer))
    }

    /// Counts and reports an event that is too old for the consumer.
    mutating func passOver(
      _ event: FeedEvent, _ consumer: any FeedConsumer, _ progress: FeedProgress, _ logger: Logger
    ) {
      progress.countTooOld(consumer.name)
      guard !isTooOld else { return }
      isTooOld = true
      logger.warning("event too old to be handled", metadata: Self.fields(of: event, consumer))
    }

    private static func fields(of event: FeedEvent, _ consumer: any FeedConsumer) -> Logger.Metadata {
      [
        "consumer": "\(consumer.name)", "event": "\(event.id)", "source": "\(event.source)",
        "occurred_at": "\(event.occurredAt.rfc3339)",
      ]
    }
  }

  /// How often the handling of one event failed in a row.
  struct Failures: Sendable {
    private(set) var eventID: Int64 = 0
    private var count = 0

    mutating func add(_ id: Int64) -> Int {
      count = id == eventID ? count + 1 : 1
      eventID = id
      return count
    }
  }
}

extension DatabaseError {
  /// Whether another attempt at the same event will fail in the same way, as far as the kind shows it.
  fileprivate var concernsTheEvent: Bool {
    switch kind {
    case .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation, .valueOutOfRange,
      .decoding:
      true
    case .permissionDenied, .serializationFailure, .deadlock, .lockTimeout, .statementTimeout, .cancelled,
      .connectionLost, .connectionRefused, .readOnlyServer, .storageFull, .authenticationFailed,
      .unreadableFile, .tooManyConnections, .acquireTimeout, .shuttingDown, .invalidStatement, .other:
      false
    }
  }
}
