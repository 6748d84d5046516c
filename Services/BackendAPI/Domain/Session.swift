import Schema

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
