import Schema

/// A user in the API, without the password.
struct User: Encodable, Sendable {
  let id: Int64
  let email: String
  let active: Bool
  let role: String
  let confirmedAt: Timestamp?
  let createdAt: Timestamp
  let updatedAt: Timestamp

  enum CodingKeys: String, CodingKey {
    case id, email, active, role
    case confirmedAt = "confirmed_at"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
  }

  /// Encodes every field; a field without a value is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(email, forKey: .email)
    try container.encode(active, forKey: .active)
    try container.encode(role, forKey: .role)
    try container.encode(confirmedAt, forKey: .confirmedAt)
    try container.encode(createdAt, forKey: .createdAt)
    try container.encode(updatedAt, forKey: .updatedAt)
  }
}

/// The data that the check of a password needs; no other code reads it.
struct Credentials: Sendable {
  let userID: Int64
  let email: String
  let passwordHash: String
  let active: Bool
}

/// The changes to a user; `nil` leaves a field unchanged.
struct UserChanges: Sendable {
  var email: String?
  var passwordHash: String?
  var active: Bool?
  var role: String?
  /// Whether the user has proven to read the mail of the address, which is ``email`` or else the present one.
  var confirmsEmail = false

  var isEmpty: Bool { email == nil && passwordHash == nil && active == nil && role == nil }

  /// Whether only operators may make them, to any account.
  var needOperator: Bool { active != nil || role != nil }

  /// The names of the fields that the changes give another value. A new password counts as another one.
  func fields(changing user: User) -> [String] {
    var fields: [String] = []
    if let active, active != user.active { fields.append("active") }
    if let email, email != user.email { fields.append("email") }
    if passwordHash != nil { fields.append("password") }
    if let role, role != user.role { fields.append("role") }
    return fields
  }

  /// Whether the changes end every session: each field that opens something does.
  func endsSessions(of user: User) -> Bool { !fields(changing: user).isEmpty }
}
