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
  /// The token that the principal was read from.
  package let token: TokenTraits

  /// Makes a principal. The caller has verified the token.
  package init(
    userID: Int64, sessionID: Int64, role: Role, expiresAt: Int64, token: TokenTraits = TokenTraits()
  ) {
    self.userID = userID
    self.sessionID = sessionID
    self.role = role
    self.expiresAt = expiresAt
    self.token = token
  }

  /// Whether the user is an operator.
  package var isOperator: Bool { role == .operator }
}

/// What ties a token to one installation, one state of its user's account, and one session.
package struct TokenTraits: Sendable, Hashable {
  /// The installation and the state of the account that the token is for.
  package let binding: TokenBinding
  /// When the token was signed, in seconds since 1970.
  package let issuedAt: Int64
  /// The SHA-256 of the token's text in hexadecimal.
  package let digest: String

  /// The traits of a token; without arguments, of none.
  package init(binding: TokenBinding = TokenBinding(), issuedAt: Int64 = 0, digest: String = "") {
    self.binding = binding
    self.issuedAt = issuedAt
    self.digest = digest
  }
}

/// What a token is good for beside its user. Ids repeat in a database that is set up again or restored; these do not.
package struct TokenBinding: Sendable, Hashable {
  /// The database that the user is in, from its set-up on.
  package let installation: String
  /// The state of the account. It changes when all sessions of the user end.
  package let epoch: String
  /// What the session alone has, for the service that keeps the sessions. A token of before version 11 of the schema has
  /// none.
  package let session: String?

  /// A binding; without arguments, to nothing.
  package init(installation: String = "", epoch: String = "", session: String? = nil) {
    self.installation = installation
    self.epoch = epoch
    self.session = session
  }
}

/// Which callers a route accepts. The router enforces it before the handler runs, and the API description lists it.
package enum Access: Sendable, Hashable, CaseIterable {
  case anyone
  case signedIn
  case operators
}
