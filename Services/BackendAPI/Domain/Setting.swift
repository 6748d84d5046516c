import JSON
import Schema

/// One named JSON value of a user, with the version in its ETag.
struct Setting: Encodable, Sendable {
  let name: String
  let value: JSONValue
  let version: Int
  let updatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case name, value, version
    case updatedAt = "updated_at"
  }

  /// A strong tag: two versions never have the same bytes.
  var entityTag: String { Self.entityTag(version) }

  /// The tag of this version.
  static func entityTag(_ version: Int) -> String { "\"\(version)\"" }
}
