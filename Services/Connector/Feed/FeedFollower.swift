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
    await withTaskGroup(of: Void.self) { group in
      for consumer in consumers { group.addTask { await follow(consumer, on: loop) } }
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
    guard mark.settled > stored else {
      progress.note(consumer.name, position: stored, newest: newest, at: currentTime())
      return false
    }
    guard let position = try await offsets.claim(consumer.name, for: holder, at: currentTime()) else {
      return false
    }
    var cursor = FeedCursor(at: position, currentTime())
    let reach = Reach(of: mark, for: consumer)
    while !Task.isCancelled {
      switch try await followPage(of: consumer, &cursor, reach, &failures) {
      case .holdLost: return false
      case .otherLog:
        mark = FeedMark()
        logger.warning("event log replaced by another one", metadata: ["consumer": "\(consumer.name)"])
        return false
      case .tooYoung, .complete(isLast: true):
        progress.note(consumer.name, position: cursor.handled, newest: newest, at: currentTime())
        return false
      case .complete(isLast: false):
        progress.note(consumer.name, position: cursor.handled, newest: newest, at: currentTime())
      }
    }
    return true
  }

  /// How far a consumer may go in a round.
  private struct Reach {
    /// The events up to this id are settled.
    let settled: Int64
    /// The events up to this id were settled so long ago that they are old enough, at any moment that they name.
    let aged: Int64
    let witness: FeedWitness?

    init(of mark: FeedMark, for consumer: any FeedConsumer) {
      settled = mark.settled
      let age = UInt64(max(0, consumer.minimumAgeSeconds)) * 1_000_000_000
      aged = age == 0 ? settled : mark.settled(for: age)
      witness = mark.witness
    }
  }

  /// Handles the next page of the settled events, and stores the position, which renews the hold.
  private func followPage(
    of consumer: any FeedConsumer, _ cursor: inout FeedCursor, _ reach: Reach, _ failures: inout Failures
  ) async throws(DatabaseError) -> PageEnd {
    let page = try await feed.page(
      of: consumer.types, by: consumer.sources, after: cursor.handled, through: reach.settled,
      limit: Self.pageLimit)
    let end: PageEnd
    do throws(DatabaseError) {
      end = try await handle(page, consumer, &cursor, reach, &failures)
    } catch {
      // What was handled stays handled; where this fails too, the events come again.
      _ = try? await store(&cursor, of: consumer, reach)
      throw error
    }
    switch end {
    case .holdLost, .otherLog: return end
    case .tooYoung(let id): cursor.handled(through: id - 1)
    case .complete(let isLast):
      cursor.handled(through: isLast ? reach.settled : page.last ?? reach.settled)
    }
    return try await store(&cursor, of: consumer, reach) ?? end
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
  }

  /// Handles the events in order, and stores the position now and then.
  private func handle(
    _ page: FeedPage<FeedEvent>, _ consumer: any FeedConsumer, _ cursor: inout FeedCursor, _ reach: Reach,
    _ failures: inout Failures
  ) async throws(DatabaseError) -> PageEnd {
    var (count, hasWarned) = (0, false)
    defer { progress.countHandled(consumer.name, count) }
    let concerned = try await consumer.concerned(by: page.events)
    for (id, event) in page.entries {
      if let event {
        let now = currentTime()
        // The service that recorded the event named the moment: it may lie years ahead, and must stop nothing.
        guard id <= reach.aged || event.occurredAt.adding(seconds: consumer.minimumAgeSeconds) <= now else {
          return .tooYoung(id)
        }
        // One line for a page: an account in other hands may record many such events.
        hasWarned = hasWarned || warnIfAhead(event, of: now, consumer)
        let isPassedOver = !(concerned?.contains(id) ?? true)
        if isPassedOver {
          count += 1
        } else if try await handle(event, consumer, &failures, at: now) {
          count += 1
        }
      } else {
        try await setAsideUnreadable(id, consumer)
      }
      cursor.handled(through: id)
      guard cursor.isDue(at: currentTime()) else { continue }
      if let end = try await store(&cursor, of: consumer, reach) { return end }
      progress.countHandled(consumer.name, count)
      count = 0
    }
    return .complete(isLast: !page.isFull)
  }

  /// Stores the position, which renews the hold; returns why the page ends where that was refused.
  private func store(
    _ cursor: inout FeedCursor, of consumer: any FeedConsumer, _ reach: Reach
  ) async throws(DatabaseError) -> PageEnd? {
    guard cursor.hasMoved else { return nil }
    let now = currentTime()
    let stored = try await offsets.advance(
      consumer.name, of: holder, to: cursor.handled, in: reach.witness, at: now)
    switch stored {
    case .stored: cursor.stored(at: now)
    case .holdLost: return .holdLost
    case .otherLog: return .otherLog
    }
    return nil
  }

  /// Reports an event whose moment lies ahead of this clock; false for others.
  private func warnIfAhead(_ event: FeedEvent, of now: Timestamp, _ consumer: any FeedConsumer) -> Bool {
    guard event.occurredAt > now.adding(seconds: Self.clockDifferenceSeconds) else { return false }
    logger.warning(
      "event dated ahead of this clock",
      metadata: [
        "consumer": "\(consumer.name)", "event": "\(event.id)", "source": "\(event.source)",
        "occurred_at": "\(event.occurredAt.rfc3339)",
      ])
    return true
  }

  /// Whether the event was handled; false where it was set aside.
  private func handle(
    _ event: FeedEvent, _ consumer: any FeedConsumer, _ failures: inout Failures, at now: Timestamp
  ) async throws(DatabaseError) -> Bool {
    do {
      try await consumer.consume(event, at: now)
      return true
    } catch let poison as PoisonEvent {
      try await setAside(event.id, consumer, because: poison.reason)
    } catch let error as DatabaseError {
      guard error.concernsTheEvent, failures.add(event.id) >= Self.attempts else { throw error }
      try await setAside(event.id, consumer, because: "\(error)")
    } catch {
      throw DatabaseError(.other, detail: "\(error)")
    }
    return false
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
    case .permissionDenied, .serializationFailure, .deadlock, .lockTimeout, .statementTimeout,
      .connectionLost, .connectionRefused, .readOnlyServer, .storageFull, .authenticationFailed,
      .tooManyConnections, .acquireTimeout, .shuttingDown, .invalidStatement, .other:
      false
    }
  }
}
