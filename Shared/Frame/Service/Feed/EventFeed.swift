import Clock
import DataAccess
import Schema

/// One event, as a consumer sees it. It is small: the columns of its texts have limits.
package struct FeedEvent: Sendable, Hashable, Identifiable {
  package let id: Int64
  package let type: String
  /// The service that recorded it.
  package let source: String
  package let subject: String
  package let occurredAt: Timestamp

  /// An event with the values of its row.
  package init(id: Int64, type: String, source: String, subject: String, occurredAt: Timestamp) {
    self.id = id
    self.type = type
    self.source = source
    self.subject = subject
    self.occurredAt = occurredAt
  }
}

/// An event with its payload, which may be large: nothing limits it, and each service may record events of every type.
package struct EventWithPayload: Sendable, Hashable, Identifiable {
  package let id: Int64
  package let type: String
  /// The service that recorded it.
  package let source: String
  package let subject: String
  package let payload: JSONText
  package let occurredAt: Timestamp

  /// An event with the values of its row.
  package init(
    id: Int64, type: String, source: String, subject: String, payload: JSONText, occurredAt: Timestamp
  ) {
    self.id = id
    self.type = type
    self.source = source
    self.subject = subject
    self.payload = payload
    self.occurredAt = occurredAt
  }
}

/// Some events in the order of their ids.
package struct FeedPage<Event: Sendable & Identifiable>: Sendable where Event.ID == Int64 {
  package let events: [Event]
  /// The ids of events that hold a value which no program represents.
  package let unreadable: [Int64]
  /// The last id of the page; nil in an empty page.
  package let last: Int64?
  /// Whether more events may follow at once.
  package let isFull: Bool

  /// All events of the page in order; nil for one that is unreadable.
  package var entries: [(id: Int64, event: Event?)] {
    (events.map { ($0.id, $0) } + unreadable.map { ($0, nil) }).sorted { $0.id < $1.id }
  }
}

/// Reads the event log so that no event is missed, under the rights of the service's own account.
///
/// ``advance(_:)`` moves a ``FeedMark``; ``page(of:by:after:through:limit:)`` reads up to it. A consumer keeps the position
/// behind which it goes on: see docs/events.md.
package struct EventFeed: Sendable {
  private let database: Database
  private static let columns = Events.select(\.id, \.type, \.source, \.subject, \.occurredAt)
  private static let allColumns = Events.select(\.id, \.type, \.source, \.subject, \.payload, \.occurredAt)
  private static let ids = Events.select(\.id)
  private let monotonicTime: @Sendable () -> UInt64

  /// A feed over the log as this account sees it; `monotonicTime` is in nanoseconds.
  package init(
    _ database: Database, monotonicTime: @escaping @Sendable () -> UInt64 = MonotonicClock.nanoseconds
  ) {
    self.database = database
    self.monotonicTime = monotonicTime
  }

  /// Moves the mark as far as the log is settled now, and returns the newest id.
  ///
  /// With types, both concern events of these types alone. An account that may read some rows only needs that: without
  /// the index of the types, the engine would look for its newest row among all others.
  @discardableResult
  package func advance(
    _ mark: inout FeedMark, of types: [String] = []
  ) async throws(DatabaseError) -> Int64 {
    // The order matters: a transaction that begins between the two statements takes higher ids.
    let newest = try await newest(of: types)
    let writers = try await database.openWriters(of: Events.self)
    guard newest != (mark.witness?.id ?? 0) else {
      mark.observe(newest: newest, writers: writers, at: monotonicTime())
      return newest
    }
    // Last, so that a server that took over in between cannot settle what only the one before it had.
    if let known = mark.witness, try await !Self.isSameLog(as: known, database) { mark = FeedMark() }
    let witness = try await Self.witness(newest, database)
    guard newest == 0 || witness != nil else {
      mark = FeedMark()
      return newest
    }
    mark.observe(newest: newest, writers: writers, at: monotonicTime())
    mark.witness = witness
    return newest
  }

  /// Whether the log is still the one along which a mark was moved. A transaction that asks this before it stores a
  /// position stores it in a server that has the log up to there.
  package static func isSameLog(
    as witness: FeedWitness, _ runner: some StatementRunner
  ) async throws(DatabaseError) -> Bool {
    try await self.witness(witness.id, runner) == witness
  }

  private static func witness(
    _ id: Int64, _ runner: some StatementRunner
  ) async throws(DatabaseError) -> FeedWitness? {
    do throws(DatabaseError) {
      let event = try await runner.first(columns.where(\.id == id), as: FeedEvent.init)
      return event.map { FeedWitness(id: id, event: $0) }
    } catch {
      // An event that no program represents is a witness too: another service may have recorded it as the newest one.
      guard error.kind == .decoding else { throw error }
      return FeedWitness(id: id, event: nil)
    }
  }

  /// The newest id that is visible, for the metrics; 0 in an empty log.
  package func newestID() async throws(DatabaseError) -> Int64 { try await newest(of: []) }

  private func newest(of types: [String]) async throws(DatabaseError) -> Int64 {
    let highest = Events.aggregate(.max(\.id))
    guard !types.isEmpty else { return try await database.one(highest.making { $0 ?? 0 }) }
    let found = try await database.groups(
      of: types.map { type in highest.where(\.type == type).making { $0 ?? 0 } })
    return found.joined().max() ?? 0
  }

  /// The next events of these types that these services recorded behind `position`, up to the id `end`: at most `limit`,
  /// which is a constant of the reader.
  ///
  /// Another service may record events of every type, as many as it likes. They are not read, and so none of them takes the
  /// time of a consumer that trusts other services alone.
  ///
  /// It reads no payload. The account of another service may record many large ones, and a page of them would end this
  /// process for want of memory, again at each start.
  package func page(
    of types: [String], by sources: [String], after position: Int64, through end: Int64, limit: Int
  ) async throws(DatabaseError) -> FeedPage<FeedEvent> {
    let wanted = Predicate<Events>.in(\.type, types) && .in(\.source, sources)
    return try await page(wanted, after: position, through: end, limit) { rows throws(DatabaseError) in
      try await database.all(Self.columns.where(rows).orderBy(\.id).limit(stated: limit), as: FeedEvent.init)
    }
  }

  /// As ``page(of:by:after:through:limit:)``, with the payloads, and of one service alone: a consumer that needs payloads
  /// names the service that it trusts.
  package func pageWithPayloads(
    of types: [String], by source: String, after position: Int64, through end: Int64, limit: Int
  ) async throws(DatabaseError) -> FeedPage<EventWithPayload> {
    let wanted = Predicate<Events>.in(\.type, types) && \.source == source
    return try await page(wanted, after: position, through: end, limit) { rows throws(DatabaseError) in
      try await database.all(
        Self.allColumns.where(rows).orderBy(\.id).limit(stated: limit), as: EventWithPayload.init)
    }
  }

  private func page<Event: Sendable & Identifiable>(
    _ wanted: Predicate<Events>, after position: Int64, through end: Int64, _ limit: Int,
    reading read: (Predicate<Events>) async throws(DatabaseError) -> [Event]
  ) async throws(DatabaseError) -> FeedPage<Event> where Event.ID == Int64 {
    let found = try await database.all(
      Self.ids.where(wanted && \.id > position && \.id <= end).orderBy(\.id).limit(stated: limit), as: { $0 })
    guard let last = found.last else { return FeedPage(events: [], unreadable: [], last: nil, isFull: false) }
    let events = try await read(wanted && \.id > position && \.id <= last)
    let readIDs = Set(events.map(\.id))
    return FeedPage(
      events: events, unreadable: found.filter { !readIDs.contains($0) }, last: last,
      isFull: found.count == limit)
  }
}
