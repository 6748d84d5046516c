import DataAccess
import EventLoop
import HTTP
import Routing
import Schema
import Service

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
    let body = try request.decode(NewUser.self)
    let email = try UserRules.email(body.email)
    try UserRules.checkPassword(body.password, email: email)
    try passwords.checkCapacity()
    try await throttle.check(from: ClientSource.name(of: request))
    let hash = try await passwords.hash(body.password)
    let created = try await users.create(
      email: email, passwordHash: hash, by: EventAuthor(context, request), at: currentTime())
    guard let user = created else { throw emailTaken }
    return try .created(user, location: "/v1/users/\(user.id)")
  }

  func list(_ request: Request, _ context: RequestContext) async throws -> Response {
    let page = try PageRequest(request)
    let order = try UserOrder(request)
    let found = try await users.users(after: page.cursor, limit: page.limit, by: order)
    return try .page(
      found, for: request, limit: page.limit, keeping: order == .id ? [] : [("order", order.rawValue)])
  }

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    let id = try ownID(context)
    guard let user = try await users.user(id: id) else { throw Problem.notFound() }
    return try .json(user)
  }

  func update(_ request: Request, _ context: RequestContext) async throws -> Response {
    let id = try ownID(context)
    let patch = try request.decode(Patch.self)
    if patch.active != nil || patch.role != nil { try context.requireOperator() }
    if patch.changesWhatOpens {
      try await presence.check(patch.currentPassword, of: context.requirePrincipal(), in: request)
    }
    var changes = try await changes(patch, of: id, by: context)
    let address = try await addressToConfirm(&changes, of: id, request, context)
    do {
      let author = EventAuthor(context, request)
      let changed =
        changes.isEmpty
        ? try await users.user(id: id)
        : try await users.update(id: id, changes, by: author, at: currentTime())
      guard let user = changed else { throw Problem.notFound() }
      guard let mail, let address else { return try .json(user) }
      try await mail.confirm(address, of: id, by: author)
      return try .json(user, status: .accepted)
    } catch let error as DatabaseError where error.isUniqueViolation {
      throw emailTaken
    }
  }

  /// The address that the user has only when the mail to it was read. It takes it out of the changes. An address that an
  /// operator gives another user needs no mail.
  private func addressToConfirm(
    _ changes: inout UserChanges, of id: Int64, _ request: Request, _ context: RequestContext
  ) async throws -> String? {
    guard let mail, let address = changes.email, context.principal?.userID == id else { return nil }
    try await mail.throttle.check(to: address, from: ClientSource.name(of: request))
    changes.email = nil
    return address
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let id = try ownID(context)
    // Without a body the answer names the missing field.
    let departure =
      request.body.isEmpty ? Departure(currentPassword: nil) : try request.decode(Departure.self)
    try await presence.check(departure.currentPassword, of: context.requirePrincipal(), in: request)
    guard try await users.delete(id: id, by: EventAuthor(context, request), at: currentTime()) else {
      throw Problem.notFound()
    }
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

  private var emailTaken: Problem { .conflict("an account with this email already exists") }

  private func changes(
    _ patch: Patch, of id: Int64, by context: RequestContext
  ) async throws -> UserChanges {
    var changes = UserChanges()
    if let email = patch.email { changes.email = try UserRules.email(email) }
    if let password = patch.password {
      guard let user = try await users.user(id: id) else { throw Problem.notFound() }
      try UserRules.checkPassword(password, email: changes.email ?? user.email)
      changes.passwordHash = try await passwords.hash(password)
    }
    changes.active = patch.active
    changes.role = try patch.role.map(UserRules.role)
    guard !changes.isEmpty else { throw Problem.unprocessable("the request changes no field") }
    return changes
  }
}

extension UserRoutes {
  func add(to router: inout Router) {
    router.post(
      "/v1/users", summary: "Sign up", access: .anyone, body: Self.signUpShape,
      problems: [.conflict, .tooManyRequests, .serviceUnavailable], handler: create)
    router.get(
      "/v1/users", summary: "All users, a page at a time", access: .operators,
      query: [UserOrder.parameter] + PageRequest.parameters, handler: list)
    router.get("/v1/users/{id}", summary: "One user", access: .signedIn, handler: read)
    router.patch(
      "/v1/users/{id}", summary: "Change a user; 202 where one's own address is to be confirmed first",
      access: .signedIn, body: Self.patchShape,
      answer: Self.patchAnswer, problems: [.forbidden, .conflict, .tooManyRequests, .serviceUnavailable],
      handler: update)
    router.delete(
      "/v1/users/{id}", summary: "Remove a user with all of the user's data", access: .signedIn,
      body: Self.departureShape, problems: [.forbidden, .tooManyRequests, .serviceUnavailable],
      handler: delete)
    addOwn(to: &router)
  }

  private static let signUpShape = DataShape.object([.init("email", .string), .init("password", .string)])
  /// The same body in both cases: the user as it is now.
  static let patchAnswer = Answer(orCreating: .accepted)
  static let patchShape = DataShape.object([
    .init("email", .string, isRequired: false), .init("password", .string, isRequired: false),
    .init("active", .boolean, isRequired: false),
    .init("role", .choice(UserRules.roles), isRequired: false),
    .init("current_password", .string, isRequired: false),
  ])
  static let departureShape = DataShape.object([.init("current_password", .string)])
}
