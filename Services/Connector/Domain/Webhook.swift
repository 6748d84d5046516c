import JSON
import Schema

/// A user's subscription to events. The API returns the secret once, when the webhook is created.
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

  /// Encodes every field; a field without a value is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(url, forKey: .url)
    try container.encode(eventTypes, forKey: .eventTypes)
    try container.encode(active, forKey: .active)
    try container.encode(disabledReason, forKey: .disabledReason)
    try container.encode(createdAt, forKey: .createdAt)
    try container.encode(updatedAt, forKey: .updatedAt)
  }
}

/// The changes to a webhook; `nil` leaves a field unchanged.
struct WebhookChanges: Sendable {
  var url: String?
  var eventTypes: JSONText?
  var active: Bool?
  var isEmpty: Bool { url == nil && eventTypes == nil && active == nil }

  /// The names of the fields that the request sets, for the log.
  var fieldNames: JSONValue {
    let fields = [("active", active != nil), ("event_types", eventTypes != nil), ("url", url != nil)]
    return .array(fields.filter(\.1).map { .string($0.0) })
  }
}
