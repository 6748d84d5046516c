import DataAccess
import Schema

/// Reads the events of ended sessions: first those of the last hours, then what follows.
///
/// A database that is set up again or restored goes on with other events under the ids that were read. Each reading
/// therefore begins with the last settled event of the one before, and starts over where that event is not the same.
package struct SessionReader: Sendable {
  private static let pageLimit = 500
  /// So many events in a row that are older than a token show that all before them are too. Clocks decide that, and
  /// some may be wrong.
  static let oldInARow = 500

  private let database: Database
  private let feed: EventFeed
  private var mark = FeedMark()
  private var installation: String?
  private var ended = EndedSessions(installation: "")
  /// Events up to this id were read, and no earlier one can appear any more.
  private var position: Int64 = 0
  /// The last event up to the position; nil where there was none.
  private var last: EventWithPayload?

  init(_ database: Database) {
    self.database = database
    feed = EventFeed(database)
  }

  /// Reads what is new, and returns everything that counts. After a failure the next reading begins at the same place.
  /// `second` is one of the monotonic clock.
  mutating func read(at now: Timestamp, _ second: Int64) async throws(DatabaseError) -> EndedSessions {
    let found = try await database.installationName()
    let newest = try await feed.advance(&mark, of: SessionEvents.types)
    var isSameLog = found == installation && newest >= position
    if isSameLog { isSameLog = try await readFurther(through: newest, at: second) }
    if !isSameLog {
      installation = nil
      // The settled ids of another log mean nothing in this one.
      (ended, last, mark) = (EndedSessions(installation: found), nil, FeedMark())
      position = try await start(before: newest, at: now)
      isSameLog = try await readFurther(through: newest, at: second)
      installation = found
    }
    ended.forgetExpired(at: second)
    return ended
  }

  /// Notes the events behind the last settled one; false where that one is not there any more.
  private mutating func readFurther(through newest: Int64, at second: Int64) async throws(DatabaseError)
    -> Bool
  {
    var next = last.map { $0.id - 1 } ?? position
    var (isFirst, settled) = (last != nil, last)
    while next < newest {
      let page = try await feed.pageWithPayloads(
        of: SessionEvents.types, by: SessionEvents.source, after: next, through: newest,
        limit: Self.pageLimit)
      if isFirst, page.events.first != last { return false }
      isFirst = false
      // An event that no program can read was not written by backend-api.
      for event in page.events { ended.note(event, at: second) }
      settled = page.events.last { $0.id <= mark.settled } ?? settled
      guard page.isFull, let end = page.last else { break }
      next = end
    }
    guard !isFirst else { return false }
    last = settled
    position = max(position, mark.settled)
    return true
  }

  /// The id behind which the events of the last hours are. It goes back from the newest one, because an event whose
  /// service's clock was behind stands among those of its time: the moment that it names says nothing about its place.
  private func start(before newest: Int64, at now: Timestamp) async throws(DatabaseError) -> Int64 {
    let oldest = now.adding(seconds: -EndedSessions.memorySeconds)
    let wanted = Predicate<Events>.in(\.type, SessionEvents.types) && \.source == SessionEvents.source
    var lowest = newest + 1
    while true {
      let page = try await database.all(
        Events.select(\.id, \.occurredAt).where(wanted && \.id < lowest).orderBy(\.id, .descending)
          .limit(stated: Self.oldInARow)
      ) { (id: $0, occurredAt: $1) }
      guard page.count == Self.oldInARow, let last = page.last else { return 0 }
      lowest = last.id
      if page.allSatisfy({ $0.occurredAt < oldest }) { return lowest - 1 }
    }
  }
}
