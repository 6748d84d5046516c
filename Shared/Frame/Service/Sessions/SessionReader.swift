import DataAccess
import Schema

/// Reads the events of ended sessions: first those of the last hours, then what follows.
///
/// A database that is set up again or restored goes on with other events under the ids that were read. Each reading
/// therefore begins with the last settled event of the one before, and starts over where that event is not the same.
package struct SessionReader: Sendable {
  private static let pageLimit = 500

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
  mutating func read(at now: Timestamp) async throws(DatabaseError) -> EndedSessions {
    let found = try await database.installationName()
    let newest = try await feed.advance(&mark, of: SessionEvents.types)
    var isSameLog = found == installation && newest >= position
    if isSameLog { isSameLog = try await readFurther(through: newest) }
    if !isSameLog {
      installation = nil
      // The settled ids of another log mean nothing in this one.
      (ended, last, mark) = (EndedSessions(installation: found), nil, FeedMark())
      position = try await start(at: now)
      isSameLog = try await readFurther(through: newest)
      installation = found
    }
    ended.forgetExpired(at: now)
    return ended
  }

  /// Notes the events behind the last settled one; false where that one is not there any more.
  private mutating func readFurther(through newest: Int64) async throws(DatabaseError) -> Bool {
    var next = last.map { $0.id - 1 } ?? position
    var (isFirst, settled) = (last != nil, last)
    while next < newest {
      let page = try await feed.pageWithPayloads(
        of: SessionEvents.types, by: SessionEvents.source, after: next, through: newest,
        limit: Self.pageLimit)
      if isFirst, page.events.first != last { return false }
      isFirst = false
      // An event that no program can read was not written by backend-api.
      for event in page.events { ended.note(event) }
      settled = page.events.last { $0.id <= mark.settled } ?? settled
      guard page.isFull, let end = page.last else { break }
      next = end
    }
    guard !isFirst else { return false }
    last = settled
    position = max(position, mark.settled)
    return true
  }

  /// The id behind which the events of the last hours are. It is that of an event before them: the order of the ids is
  /// the order of the moments but for seconds, and nothing can appear there any more.
  private func start(at now: Timestamp) async throws(DatabaseError) -> Int64 {
    let oldest = now.adding(seconds: -EndedSessions.memorySeconds)
    return try await database.first(
      Events.select(\.id).where(\.occurredAt < oldest && \.source == SessionEvents.source)
        .orderBy(\.occurredAt, .descending), as: { $0 }) ?? 0
  }
}
