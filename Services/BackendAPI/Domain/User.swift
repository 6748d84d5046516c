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
}

/// What a sign-in needs to know of a user, and nothing else ever reads.
struct Credentials: Sendable {
  let userID: Int64
  let passwordHash: String
  let active: Bool
}

/// The fields of a user that may change; `nil` leaves a field as it is.
struct UserChanges: Sendable {
  var email: String?
  var passwordHash: String?
  var active: Bool?
  var role: String?

  /// A new password, role or state ends every session that was opened under the old one.
  var endsSessions: Bool { passwordHash != nil || active != nil || role != nil }
  var isEmpty: Bool { email == nil && !endsSessions }
}
