import Schema

/// Who makes a request, as a verified token says.
package struct Principal: Sendable, Hashable {
  /// The user's id.
  package let userID: Int64
  /// The session the token belongs to, so that a service can ask whether it was revoked.
  package let sessionID: Int64
  /// What the user may do.
  package let role: Role
  /// When the token ends, in seconds since 1970.
  package let expiresAt: Int64

  /// A principal, for whoever has verified a token.
  package init(userID: Int64, sessionID: Int64, role: Role, expiresAt: Int64) {
    self.userID = userID
    self.sessionID = sessionID
    self.role = role
    self.expiresAt = expiresAt
  }

  /// Whether the role is that of an operator.
  package var isOperator: Bool { role == .operator }
}

/// Who may call a route. The router enforces it before the handler runs, and the API description tells it.
package enum Access: Sendable, Hashable, CaseIterable {
  case anyone
  case signedIn
  case operators
}
