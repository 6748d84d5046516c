import Schema

/// The user of a request, from a verified token.
package struct Principal: Sendable, Hashable {
  /// The user's id.
  package let userID: Int64
  /// The token's session, so that a service can check whether it is revoked.
  package let sessionID: Int64
  /// The user's role.
  package let role: Role
  /// The expiry of the token, in seconds since 1970.
  package let expiresAt: Int64

  /// Makes a principal. The caller has verified the token.
  package init(userID: Int64, sessionID: Int64, role: Role, expiresAt: Int64) {
    self.userID = userID
    self.sessionID = sessionID
    self.role = role
    self.expiresAt = expiresAt
  }

  /// Whether the user is an operator.
  package var isOperator: Bool { role == .operator }
}

/// Which callers a route accepts. The router enforces it before the handler runs, and the API description lists it.
package enum Access: Sendable, Hashable, CaseIterable {
  case anyone
  case signedIn
  case operators
}
