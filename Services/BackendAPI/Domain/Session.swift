import Schema

/// One of the sessions in the list of a user's own.
struct OpenSession: Encodable, Sendable {
  let id: Int64
  let createdAt: Timestamp
  let expiresAt: Timestamp
  /// Whether it is the session of the request's own token.
  let isCurrent: Bool

  enum CodingKeys: String, CodingKey {
    case id
    case createdAt = "created_at"
    case expiresAt = "expires_at"
    case isCurrent = "current"
  }
}

/// One signed-in device in the API.
struct Session: Encodable, Sendable {
  let id: Int64
  let userID: Int64
  let createdAt: Timestamp
  let expiresAt: Timestamp
  /// The session's user, so that a client that starts again needs no second request.
  let user: User

  enum CodingKeys: String, CodingKey {
    case id, user
    case userID = "user_id"
    case createdAt = "created_at"
    case expiresAt = "expires_at"
  }
}
