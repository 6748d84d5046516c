import JSON
import Schema

/// One event of the log.
struct Event: Encodable, Sendable {
  let id: Int64
  let type: String
  let source: String
  let subject: String
  let payload: JSONValue
  let occurredAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case id, type, source, subject, payload
    case occurredAt = "occurred_at"
  }
}
