import Identity
import Routing
import Schema

/// One of the sessions in the list of a user's own.
struct OpenSession: Encodable, Sendable {
  let id: Int64
  let createdAt: Timestamp
  /// When its last token was issued.
  let refreshedAt: Timestamp
  let expiresAt: Timestamp
  /// What the client said of itself at the sign-in.
  let userAgent: String?
  /// Whether it is the session of the request's own token.
  let isCurrent: Bool

  enum CodingKeys: String, CodingKey {
    case id
    case createdAt = "created_at"
    case refreshedAt = "refreshed_at"
    case expiresAt = "expires_at"
    case userAgent = "user_agent"
    case isCurrent = "current"
  }

  /// Encodes every field; a field without a value is null.
  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    try container.encode(createdAt, forKey: .createdAt)
    try container.encode(refreshedAt, forKey: .refreshedAt)
    try container.encode(expiresAt, forKey: .expiresAt)
    try container.encode(userAgent, forKey: .userAgent)
    try container.encode(isCurrent, forKey: .isCurrent)
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

extension RequestContext {
  /// The caller's session with its user, from the check of the request's token; nil on a route that does not ask for it.
  var callerSession: Session? { callerRecord as? Session }
}

/// A session that tokens can be issued for, with the token that refreshes it.
struct LiveSession: Sendable {
  let id: Int64
  let expiresAt: Timestamp
  let user: User
  let binding: TokenBinding
  let refreshToken: RefreshToken
}

/// The answer to a sign-in and to a refresh.
struct IssuedTokens: Encodable {
  let token: String
  let expiresAt: Timestamp
  let refreshToken: String
  let refreshExpiresAt: Timestamp
  let user: User

  enum CodingKeys: String, CodingKey {
    case token, user
    case expiresAt = "expires_at"
    case refreshToken = "refresh_token"
    case refreshExpiresAt = "refresh_expires_at"
  }

  /// Signs an access token for the session.
  init(for session: LiveSession, by issuer: TokenIssuer, lifetimes: SessionLifetimes, at now: Timestamp) {
    let seconds = lifetimes.tokenSeconds(until: session.expiresAt, from: now)
    token = issuer.issue(
      userID: session.user.id, sessionID: session.id, role: Role(rawValue: session.user.role) ?? .member,
      binding: session.binding, lifetimeSeconds: seconds, now: now.secondsSinceEpoch)
    expiresAt = Timestamp(secondsSinceEpoch: now.secondsSinceEpoch + seconds)
    refreshToken = session.refreshToken.text
    refreshExpiresAt = session.expiresAt
    user = session.user
  }
}
