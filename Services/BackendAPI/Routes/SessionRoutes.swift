import DataAccess
import HTTP
import Identity
import Logging
import Routing
import Schema
import Service
import Transport

/// Sign-in, sign-out, and the session of a token.
struct SessionRoutes: Sendable {
  let users: UserRepository
  let sessions: SessionRepository
  let passwords: PasswordHashing
  let throttle: SignInThrottle
  let issuer: TokenIssuer
  let lifetimes: SessionLifetimes
  let changes: ChangeLimit
  let logger: Logger
  let currentTime: @Sendable () -> Timestamp

  struct SignIn: Decodable {
    let email: String
    let password: String
  }

  /// Answers the same 401, after the same work, to an unknown address, a wrong password and an inactive account.
  func create(_ request: Request, _ context: RequestContext) async throws -> Response {
    let body = try await request.decode(SignIn.self)
    guard body.password.utf8.count <= UserRules.maximumPasswordBytes,
      let email = try? UserRules.email(body.email)
    else { throw refusal }
    let source = ClientSource(request.remoteAddress)
    let isKnown = try await passwords.checkCapacity(for: source) {
      await throttle.knows(source, email: email)
    }
    let permit = try await throttle.check(email: email, from: source)
    let client = SignInClient(author: EventAuthor(context, request), userAgent: UserAgent.text(of: request))
    let opened = try await signIn(email, body.password, from: client, source, isKnown) {
      try await throttle.confirm(permit, email: email, from: source)
    }
    guard let opened else {
      try await throttle.recordFailure(permit, email: email, from: source)
      throw refusal
    }
    await throttle.reset(email: email, from: source)
    let now = currentTime()
    var response = try Response.created(
      IssuedTokens(for: opened, by: issuer, lifetimes: lifetimes, at: now), location: "/v1/sessions/current")
    response.headers.set("Cache-Control", "no-store")
    return response
  }

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    if let session = context.callerSession { return try .json(session) }
    guard let session = try await sessions.session(id: principal.sessionID) else {
      throw Problem.unauthorized()
    }
    return try .json(session)
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    try await sessions.revoke(
      id: principal.sessionID, userID: principal.userID, by: EventAuthor(context, request), at: currentTime())
    return .noContent()
  }

  func list(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let page = try PageRequest(request)
    let found = try await sessions.openSessions(
      of: principal.userID, seenFrom: principal.sessionID, at: currentTime(), after: page.cursor,
      limit: page.limit)
    return try .page(found, for: request, limit: page.limit)
  }

  /// Signs another device of the same user out.
  func deleteOther(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let ended = try await sessions.revoke(
      id: context.parameters.integer("id"), userID: principal.userID, by: EventAuthor(context, request),
      at: currentTime())
    guard ended else { throw Problem.notFound() }
    return .noContent()
  }

  private func signIn(
    _ email: String, _ password: String, from client: SignInClient, _ source: ClientSource, _ isKnown: Bool,
    confirm: () async throws -> Void
  ) async throws -> LiveSession? {
    // Between the check and the session, another sign-in may have replaced the hash by one of the present cost.
    for _ in 0..<2 {
      let found = try await users.credentials(forEmail: email)
      let matches = try await passwords.verify(
        password, against: found?.passwordHash, from: source, isKnown: isKnown)
      guard matches, let found, found.active else { return nil }
      try await confirm()
      let opened = try await sessions.open(
        for: found, userAgent: client.userAgent, by: client.author, lifetimes: lifetimes, at: currentTime())
      guard let opened else { continue }
      await rehash(password, of: found, from: source)
      return opened
    }
    return nil
  }

  /// Replaces a hash of another cost, which only the password's owner can do. The password stays, and so do the sessions.
  ///
  /// The session is open by now. Where no hash can begin or be stored, the sign-in stands, and a later one replaces the hash.
  private func rehash(_ password: String, of credentials: Credentials, from source: ClientSource) async {
    guard passwords.needsRehash(credentials.passwordHash) else { return }
    guard let hash = try? await passwords.hash(password, from: source, isKnown: true) else { return }
    do {
      try await users.rehash(credentials, to: hash, at: currentTime())
    } catch {
      logger.warning("a password's hash keeps its cost", metadata: ["error": "\(error)"])
    }
  }

  private var refusal: Problem { .unauthorized("email or password is wrong", code: .wrongCredentials) }
}

extension SessionRoutes {
  func add(to router: inout Router) {
    router.post(
      "/v1/sessions", summary: "Sign in", access: .anyone, body: BackendShapes.credentials,
      answer: Answer(.created, BackendShapes.signedIn),
      problems: [.unauthorized, .tooManyRequests, .serviceUnavailable], handler: create)
    router.get(
      "/v1/sessions", summary: "The open sessions of the user, a page at a time", access: .signedIn,
      query: PageRequest.parameters, answer: Answer(.ok, .page(BackendShapes.openSession)), handler: list)
    router.delete(
      "/v1/sessions/{id}", summary: "Sign another device of the user out", access: .signedIn,
      handler: deleteOther)
    router.post(
      "/v1/sessions/refresh", summary: "Exchange a refresh token for the next tokens of its session",
      access: .anyone, body: BackendShapes.refresh, answer: Answer(.ok, BackendShapes.signedIn),
      problems: [.unauthorized, .tooManyRequests], handler: refresh)
    router.get(
      "/v1/sessions/current", summary: "The session of this token", access: .signedIn,
      answer: Answer(.ok, BackendShapes.session), traits: .callerRecord, handler: read)
    router.delete("/v1/sessions/current", summary: "Sign out", access: .signedIn, handler: delete)
  }
}
