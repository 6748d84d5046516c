import DataAccess
import EventLoop
import HTTP
import Routing
import Schema
import Service
import Transport

/// Sign-up and user accounts.
struct UserRoutes: Sendable {
  let users: UserRepository
  let passwords: PasswordHashing
  let throttle: SignUpThrottle
  let presence: PresenceCheck
  /// Confirms addresses; nil where this installation has no outbox.
  var mail: AccountMail?
  let currentTime: @Sendable () -> Timestamp

  struct NewUser: Decodable {
    let email: String
    let password: String
  }

  struct Patch: Decodable {
    let email: String?
    let password: String?
    let active: Bool?
    let role: String?
    let currentPassword: String?

    enum CodingKeys: String, CodingKey {
      case email, password, active, role
      case currentPassword = "current_password"
    }

    /// Each of the fields opens an account to someone. With an operator's stolen token alone, a stranger would otherwise
    /// make an operator whose password the stranger has.
    var changesWhatOpens: Bool { email != nil || password != nil || active != nil || role != nil }
  }

  struct Departure: Decodable {
    let currentPassword: String?

    enum CodingKeys: String, CodingKey {
      case currentPassword = "current_password"
    }
  }

  func create(_ request: Request, _ context: RequestContext) async throws -> Response {
    let body = try await request.decode(NewUser.self)
    let key = try IdempotencyKey(request, coversBody: false)
    var fields = FieldChecks()
    let email = try fields.check { try UserRules.email(body.email) }
    let password = try fields.check { try UserRules.password(body.password, email: email) }
    guard let email, let password else { throw fields.problem }
    let source = ClientSource(request.remoteAddress)
    try passwords.checkCapacity(for: source)
    let limit = try await throttle.check(from: source)
    let hash = try await passwords.hash(password, from: source)
    let creation = try await users.create(
      email: email, passwordHash: hash, key: key, by: EventAuthor(context, request), at: currentTime())
    let user = try creation.item(taken: emailTaken, full: emailTaken)
    if case .repeated = creation { try await checkRepetition(of: user, email, password, request) }
    var response = try Response.created(
      user, location: "/v1/users/\(user.id)", tag: EntityTag.of(user))
    for field in limit.fields() { response.headers.append(field.name, field.value) }
    return response
  }

  /// The table of keys has no digest of a password. So whether a sign-up with a known key is the same one shows in the
  /// account that it made. A wrong password counts as a failed sign-in.
  private func checkRepetition(
    of user: User, _ email: String, _ password: String, _ request: Request
  ) async throws {
    guard user.email == email, let known = try await users.credentials(of: user.id),
      try await presence.matches(password, known, in: request)
    else { throw Problem.idempotencyKeyReused }
  }

  func list(_ request: Request, _ context: RequestContext) async throws -> Response {
    let page = try PageRequest(request)
    let order = try UserOrder(request)
    let filter = try UserFilter(request)
    let found = try await users.users(after: page.cursor, limit: page.limit, by: order, filter: filter)
    let kept = filter.items + (order == .id ? [] : [("order", order.rawValue)])
    return try .page(found, for: request, limit: page.limit, keeping: kept)
  }

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    let id = try ownID(context)
    if let caller = context.callerSession?.user, caller.id == id { return try .read(caller, for: request) }
    guard let user = try await users.user(id: id) else { throw Problem.notFound() }
    return try .read(user, for: request)
  }

  func update(_ request: Request, _ context: RequestContext) async throws -> Response {
    let id = try ownID(context)
    let patch = try await request.decode(Patch.self)
    if patch.active != nil || patch.role != nil { try context.requireOperator() }
    guard patch.changesWhatOpens else { throw Problem.nothingToChange }
    let proof = try await presence.check(
      patch.currentPassword, of: context.requirePrincipal(), in: request)
    var changes = try await changes(patch, of: id, from: ClientSource(request.remoteAddress))
    if let mail, let address = changes.email, id == proof.userID {
      // The user has the address only when the mail to it was read.
      changes.email = nil
      try await mail.check()
      try await mail.throttle.checkConfirmation(
        of: address, by: id, from: ClientSource(request.remoteAddress))
      let token = mail.confirmation(of: address, for: id)
      let user = try await update(id, changes, proof, sending: token, of: mail, request, context)
      await mail.send(token)
      return try .tagged(user, status: .accepted)
    }
    return try .tagged(await update(id, changes, proof, request, context))
  }

  /// Makes the changes, and stores the token in the same transaction.
  private func update(
    _ id: Int64, _ changes: UserChanges, _ proof: CallerProof, sending token: MailedToken? = nil,
    of mail: AccountMail? = nil, _ request: Request, _ context: RequestContext
  ) async throws -> User {
    let (author, precondition) = (EventAuthor(context, request), Precondition(request))
    do {
      return try await users.update(
        id: id, changes, if: precondition, provenBy: proof, by: author, at: currentTime()
      ) { transaction throws(DatabaseError) in
        if let token { try await mail?.tokens.store(token, by: author, in: transaction) }
      }.get().item()
    } catch let error as DatabaseError where error.isUniqueViolation {
      throw emailTaken
    }
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let id = try ownID(context)
    // Without a body the answer names the missing field.
    let departure =
      request.body.isEmpty ? Departure(currentPassword: nil) : try await request.decode(Departure.self)
    let proof = try await presence.check(
      departure.currentPassword, of: context.requirePrincipal(), in: request)
    let removal = try await users.delete(
      id: id, if: Precondition(request), provenBy: proof, by: EventAuthor(context, request),
      at: currentTime())
    try removal.get().item()
    return .noContent()
  }

  /// The id in the path, if it is the caller's own or the caller is an operator. Otherwise the answer is 404, so that a
  /// caller cannot enumerate ids.
  private func ownID(_ context: RequestContext) throws(Problem) -> Int64 {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    guard principal.userID == id || principal.role == .operator else { throw .notFound() }
    return id
  }

  private var emailTaken: Problem {
    .conflict("an account with this email already exists", code: .emailTaken)
  }

  private func changes(
    _ patch: Patch, of id: Int64, from source: ClientSource
  ) async throws -> UserChanges {
    var changes = UserChanges()
    var fields = FieldChecks()
    if let email = patch.email { changes.email = try fields.check { try UserRules.email(email) } }
    var password: String?
    if let text = patch.password {
      guard let user = try await users.user(id: id) else { throw Problem.notFound() }
      let email = changes.email ?? user.email
      password = try fields.check { try UserRules.password(text, email: email) }
    }
    changes.active = patch.active
    if let role = patch.role { changes.role = try fields.check { try UserRules.role(role) } }
    try fields.finish()
    if let password { changes.passwordHash = try await passwords.hash(password, from: source) }
    guard !changes.isEmpty else { throw Problem.nothingToChange }
    return changes
  }
}

extension UserRoutes {
  func add(to router: inout Router) {
    router.post(
      "/v1/users", summary: "Sign up", access: .anyone, body: BackendShapes.newUser,
      answer: Answer(.created, BackendShapes.user),
      problems: [.conflict, .tooManyRequests, .serviceUnavailable], traits: [.idempotent, .rateLimited],
      handler: create)
    router.get(
      "/v1/users", summary: "All users, a page at a time", access: .operators,
      query: UserFilter.parameters + [UserOrder.parameter] + PageRequest.parameters,
      answer: Answer(.ok, .page(BackendShapes.user)), handler: list)
    router.get(
      "/v1/users/{id}", summary: "One user", access: .signedIn, answer: Answer(.ok, BackendShapes.user),
      traits: [.conditional, .callerRecord], handler: read)
    router.patch(
      "/v1/users/{id}", summary: "Change a user; 202 where one's own address is to be confirmed first",
      access: .signedIn, body: BackendShapes.patch, answer: Self.patchAnswer,
      problems: [.forbidden, .conflict, .tooManyRequests, .serviceUnavailable], traits: .conditional,
      handler: update)
    router.delete(
      "/v1/users/{id}", summary: "Remove a user with all of the user's data", access: .signedIn,
      body: BackendShapes.departure, problems: [.forbidden, .tooManyRequests, .serviceUnavailable],
      traits: .conditional, handler: delete)
    addOwn(to: &router)
  }

  /// The same body in both cases: the user as it is now.
  static let patchAnswer = Answer(.ok, BackendShapes.user, orCreating: .accepted)
}
