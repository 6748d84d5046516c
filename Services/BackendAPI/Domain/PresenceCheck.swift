import HTTP
import Routing
import Transport

/// Asks the caller for the present password, before a change that a stolen token alone must not make: of an email, a
/// password, a role or a state, or the end of an account. An operator gives the operator's own.
///
/// A wrong one counts as a failed sign-in, so the holder of a token guesses no faster than a stranger.
struct PresenceCheck: Sendable {
  static let field = "current_password"

  let users: UserRepository
  let passwords: PasswordHashing
  let throttle: SignInThrottle

  /// The proof that the change is made with. The password may end before the change, so the change checks it again.
  func check(
    _ password: String?, of principal: Principal, in request: Request
  ) async throws -> CallerProof {
    guard let password else {
      throw Problem.unprocessable("\(Self.field) must be your present password", field: Self.field)
    }
    guard let known = try await users.credentials(of: principal.userID) else { throw Problem.unauthorized() }
    guard try await matches(password, known, in: request) else {
      throw Problem.wrongPresentPassword
    }
    return CallerProof(
      userID: principal.userID, sessionID: principal.sessionID, passwordHash: known.passwordHash)
  }

  /// Whether it is the password of this account.
  func matches(_ password: String, _ known: Credentials, in request: Request) async throws -> Bool {
    let source = ClientSource(request.remoteAddress)
    let isKnown = try await passwords.checkCapacity(for: source) {
      await throttle.knows(source, email: known.email)
    }
    let permit = try await throttle.check(email: known.email, from: source)
    guard password.utf8.count <= UserRules.maximumPasswordBytes,
      try await passwords.verify(password, against: known.passwordHash, from: source, isKnown: isKnown)
    else {
      try await throttle.recordFailure(permit, email: known.email, from: source)
      return false
    }
    try await throttle.confirm(permit, email: known.email, from: source)
    await throttle.reset(email: known.email, from: source)
    return true
  }
}
