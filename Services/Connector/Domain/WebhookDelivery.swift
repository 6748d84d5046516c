import Schema

/// The delivery of an event to a webhook, with its last attempt.
struct WebhookDelivery: Encodable, Sendable {
  let id: Int64
  let eventID: Int64
  let attempt: Int
  let status: String
  let nextAttemptAt: Timestamp?
  let responseStatus: Int?
  /// The beginning of the answer's body.
  let responseBody: String?
  /// Why the last attempt had no answer.
  let failure: String?
  let updatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case id, attempt, status, failure
    case eventID = "event_id"
    case nextAttemptAt = "next_attempt_at"
    case responseStatus = "response_status"
    case responseBody = "response_body"
    case updatedAt = "updated_at"
  }

  /// Encodes every field; a field without a value is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(eventID, forKey: .eventID)
    try container.encode(attempt, forKey: .attempt)
    try container.encode(status, forKey: .status)
    try container.encode(nextAttemptAt, forKey: .nextAttemptAt)
    try container.encode(responseStatus, forKey: .responseStatus)
    try container.encode(responseBody, forKey: .responseBody)
    try container.encode(failure, forKey: .failure)
    try container.encode(updatedAt, forKey: .updatedAt)
  }
}
