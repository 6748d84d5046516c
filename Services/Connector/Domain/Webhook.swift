import JSON
import Schema

/// A subscription of a user to events, as the API shows it: the secret is told once, when it is made.
struct Webhook: Encodable, Sendable {
  let id: Int64
  let url: String
  let eventTypes: JSONValue
  let active: Bool
  let disabledReason: String?
  let createdAt: Timestamp
  let updatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case id, url, active
    case eventTypes = "event_types"
    case disabledReason = "disabled_reason"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
  }
}

/// What may change of a webhook; `nil` leaves a field as it is.
struct WebhookChanges: Sendable {
  var url: String?
  var eventTypes: JSONText?
  var active: Bool?
  var isEmpty: Bool { url == nil && eventTypes == nil && active == nil }
}

/// One attempt to tell a webhook of an event.
struct WebhookDelivery: Encodable, Sendable {
  let id: Int64
  let eventID: Int64
  let attempt: Int
  let status: String
  let nextAttemptAt: Timestamp?
  let responseStatus: Int?
  let updatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case id, attempt, status
    case eventID = "event_id"
    case nextAttemptAt = "next_attempt_at"
    case responseStatus = "response_status"
    case updatedAt = "updated_at"
  }
}
