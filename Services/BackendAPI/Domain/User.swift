import Schema

/// A person with an account, as the API shows it: never with a password.
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

  /// Every field is always there: one that has no value yet is null.
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

/// What a sign-in needs to know of a user, and nothing else ever reads.
struct Credentials: Sendable {
  let userID: Int64
  let passwordHash: String
  let active: Bool
}

/// The fields of a user that shall change; `nil` leaves a field as it is.
struct UserChanges: Sendable {
  var email: String?
  var passwordHash: String?
  var active: Bool?
  var role: String?

  var isEmpty: Bool { email == nil && passwordHash == nil && active == nil && role == nil }

  /// A new password, and another role or state than `user` has, end every session that was opened under the old one.
  func endsSessions(of user: User) -> Bool {
    passwordHash != nil || active.map { $0 != user.active } ?? false || role.map { $0 != user.role } ?? false
  }
}
