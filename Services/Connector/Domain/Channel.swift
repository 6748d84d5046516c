import JSON
import Schema

/// A channel that the platform's trigger watches.
struct Channel: Encodable, Sendable {
  let id: Int64
  let platform: String
  let channel: String
  let externalID: String
  let settings: JSONValue
  let updatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case id, platform, channel, settings
    case externalID = "external_id"
    case updatedAt = "updated_at"
  }
}
