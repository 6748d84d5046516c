import Cryptography
import DataAccess
import HTTP
import Identity
import Routing
import Schema
import Service

/// Sign-in, sign-out, and the session that a token stands for.
struct SessionHandlers: Sendable {
  /// How long a token is good for, unless it is revoked.
  static let lifetimeSeconds: Int64 = 12 * 3600

  let users: UserRepository
  let sessions: SessionRepository
  let passwords: PasswordHashing
  let throttle: SignInThrottle
  let issuer: TokenIssuer
  let currentTime: @Sendable () -> Timestamp

  struct SignIn: Decodable {
    let email: String
    let password: String
  }

  struct SignedIn: Encodable {
    let token: String
    let expiresAt: Timestamp
    let user: User

    enum CodingKeys: String, CodingKey {
      case token, user
      case expiresAt = "expires_at"
    }
  }

  /// Answers 401 alike for an unknown address, a wrong password and an account that was switched off, after the same
  /// work.
  func create(_ request: Request, _ context: RequestContext) async throws -> Response {
    let body = try request.decode(SignIn.self)
    let email = body.email.lowercased()
    guard body.password.utf8.count <= UserRules.maximumPasswordBytes,
      email.utf8.count <= UserRules.maximumEmailBytes
    else { throw refusal }
    try await throttle.check(email: email)
    let found = try await users.credentials(forEmail: email)
    let matches = try await passwords.verify(body.password, against: found?.passwordHash)
    guard matches, let found, found.active, let opened = try await open(for: found.userID) else {
      await throttle.recordFailure(email: email)
      throw refusal
    }
    await throttle.reset(email: email)
    return try .created(opened, location: "/v1/sessions/current")
  }

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    guard let session = try await sessions.session(id: principal.sessionID) else {
      throw Problem.unauthorized()
    }
    return try .json(session)
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    try await sessions.revoke(id: principal.sessionID, userID: principal.userID, at: currentTime())
    return .noContent()
  }

  private func open(for userID: Int64) async throws -> SignedIn? {
    let now = currentTime()
    let expiry = now.adding(seconds: Self.lifetimeSeconds)
    let opened = try await sessions.open(
      userID: userID, placeholder: Hex.encode(SecureRandom.bytes(32)), from: now, until: expiry
    ) { sessionID, role in
      let token = issuer.issue(
        userID: userID, sessionID: sessionID, role: Role(rawValue: role) ?? .member,
        lifetimeSeconds: Self.lifetimeSeconds, now: now.secondsSinceEpoch)
      return IssuedToken(token: token, digest: SHA256.hex(token))
    }
    return opened.map { SignedIn(token: $0.token, expiresAt: $0.session.expiresAt, user: $0.user) }
  }

  private var refusal: Problem { .unauthorized("email or password is wrong") }
}
