import DataAccess
import JSON
import Schema
import Service

/// Reads the event log.
struct EventRepository: Sendable {
  let database: Database

  func events(
    _ filter: EventFilter, after cursor: PageKey?, limit: Int
  ) async throws(DatabaseError) -> Page<Event> {
    var select = Events.select(\.id, \.type, \.source, \.subject, \.payload, \.occurredAt)
    if let type = filter.type { select = select.where(\.type == type) }
    if let source = filter.source { select = select.where(\.source == source) }
    if let name = filter.subject {
      let subject = EventLog.Subject.name(name).text
      select = select.where(\.subject == subject)
    }
    let order = filter.order == .newest ? PageOrder<Events>.identity(.descending) : .identity()
    return try await database.page(
      select, after: cursor, limit: limit, order: order, upTo: PageRequest.maximumBytes
    ) {
      id, type, source, subject, payload, occurredAt throws(DatabaseError) in
      Event(
        id: id, type: type, source: source, subject: subject,
        payload: try JSONValue(stored: payload, in: \Events.payload), occurredAt: occurredAt)
    }
  }
}
