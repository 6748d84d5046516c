import JSON
import Schema

/// One named JSON value of a user, with the version that its ETag shows.
struct Setting: Encodable, Sendable {
  let name: String
  let value: JSONValue
  let version: Int
  let updatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case name, value, version
    case updatedAt = "updated_at"
  }

  /// Strong: another version never has the same bytes.
  var entityTag: String { "\"\(version)\"" }
}
