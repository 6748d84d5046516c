import DataAccess
import JSON
import Schema
import Service

/// Reads the event log.
struct EventRepository: Sendable {
  let database: Database

  func events(
    ofType type: String?, after cursor: PageKey?, limit: Int
  ) async throws(DatabaseError) -> Page<Event> {
    var select = Events.select(\.id, \.type, \.source, \.subject, \.payload, \.occurredAt)
    if let type { select = select.where(\.type == type) }
    return try await database.page(select, after: cursor, limit: limit) {
      id, type, source, subject, payload, occurredAt throws(DatabaseError) in
      Event(
        id: id, type: type, source: source, subject: subject,
        payload: try JSONValue(stored: payload, in: \Events.payload), occurredAt: occurredAt)
    }
  }
}
