import JSON
import Schema

/// A user's account at an external provider.
struct Integration: Encodable, Sendable {
  let id: Int64
  let provider: String
  let externalAccount: String
  let status: String
  let config: JSONValue
  let createdAt: Timestamp
  let updatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case id, provider, status, config
    case externalAccount = "external_account"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
  }

  static let statuses = ["active", "paused", "revoked"]
}

/// The changes to an integration; `nil` leaves a field unchanged.
struct IntegrationChanges: Sendable {
  var status: String?
  var config: JSONText?
  var isEmpty: Bool { status == nil && config == nil }

  /// The names of the fields that the request sets, for the log.
  var fieldNames: JSONValue {
    .array([("config", config != nil), ("status", status != nil)].filter(\.1).map { .string($0.0) })
  }
}
