import DataAccess
import HTTP
import Routing
import Schema
import Service
import Transport

/// What a user does without a session, with a token from the mail: to confirm an address, and to set another password.
struct MailedTokenRoutes: Sendable {
  /// Requests for a token whose work goes on after the answer.
  static let maximumInBackground = 64

  /// Nil where this installation has no outbox.
  let mail: AccountMail?
  let passwords: PasswordHashing
  let work: BackgroundWork
  /// Starts work that the answer does not wait for.
  let start: @Sendable (@escaping @Sendable () async -> Void) -> Void
  let currentTime: @Sendable () -> Timestamp

  struct Forgotten: Decodable {
    let email: String
  }

  struct NewPassword: Decodable {
    let token: String
    let password: String
  }

  struct Confirmation: Decodable {
    let token: String
  }

  /// Answers the same, at the same time, whether or not the address has an account: everything that depends on it
  /// happens after the answer.
  func requestReset(_ request: Request, _ context: RequestContext) async throws -> Response {
    let mail = try outbox
    let email = try UserRules.email(try await request.decode(Forgotten.self).email)
    let mayBeSent = try await mail.throttle.checkReset(
      of: email, from: ClientSource(request.remoteAddress))
    guard mayBeSent else { return Response(status: .accepted) }
    let author = EventAuthor(context, request)
    try work.begin(with: start) { await mail.reset(email, by: author) }
    return Response(status: .accepted)
  }

  /// Sets the password, ends every session, and uses the token up.
  func reset(_ request: Request, _ context: RequestContext) async throws -> Response {
    let mail = try outbox
    let body = try await request.decode(NewPassword.self)
    let source = ClientSource(request.remoteAddress)
    try passwords.checkCapacity(for: source)
    guard let token = try await mail.tokens.find(body.token, for: .password, at: currentTime()) else {
      throw refusal
    }
    try UserRules.checkPassword(body.password, email: token.user.email)
    let changes = UserChanges(passwordHash: try await passwords.hash(body.password, from: source))
    let isDone = try await mail.tokens.redeem(
      token, for: changes, means: "password_reset", by: EventAuthor(context, request), at: currentTime())
    guard isDone else { throw refusal }
    await mail.notify(.passwordChanged, token.user.email)
    return .noContent()
  }

  /// Gives the user the address that the token was sent to. Another address than before ends every session.
  func confirm(_ request: Request, _ context: RequestContext) async throws -> Response {
    let mail = try outbox
    let body = try await request.decode(Confirmation.self)
    guard let token = try await mail.tokens.find(body.token, for: .email, at: currentTime()) else {
      throw refusal
    }
    let changes = UserChanges(email: token.email, confirmsEmail: true)
    do {
      let isDone = try await mail.tokens.redeem(
        token, for: changes, means: "email_confirmed", by: EventAuthor(context, request), at: currentTime())
      guard isDone else { throw refusal }
    } catch let error as DatabaseError where error.isUniqueViolation {
      throw Problem.conflict("an account with this email already exists")
    }
    if token.user.email != token.email { await mail.notify(.emailChanged, token.user.email) }
    return .noContent()
  }

  private var outbox: AccountMail {
    get throws(Problem) {
      guard let mail else { throw .unavailable("This installation sends no mail (MAIL_OUTBOX is not set).") }
      return mail
    }
  }

  private var refusal: Problem {
    .unprocessable("token is not valid: it was used or replaced, or has expired", field: "token")
  }
}

extension MailedTokenRoutes {
  func add(to router: inout Router) {
    router.post(
      "/v1/password-resets", summary: "Send a token for another password to the user's address",
      access: .anyone, body: BackendShapes.resetRequest, answer: Answer(.accepted, nil),
      problems: [.tooManyRequests, .serviceUnavailable], handler: requestReset)
    router.post(
      "/v1/password-resets/complete", summary: "Set another password with the token", access: .anyone,
      body: BackendShapes.reset, answer: Answer(.noContent),
      problems: [.serviceUnavailable], handler: reset)
    router.post(
      "/v1/email-confirmations", summary: "Confirm an address with the token that was sent to it",
      access: .anyone, body: BackendShapes.confirmation, answer: Answer(.noContent),
      problems: [.conflict, .serviceUnavailable], handler: confirm)
  }
}
