import Cryptography
import DataAccess
import Encoding
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
  }

  func create(_ request: Request, _ context: RequestContext) async throws -> Response {
    let body = try request.decode(NewUser.self)
    let email = try UserRules.email(body.email)
    try UserRules.checkPassword(body.password)
    try passwords.checkCapacity()
    try await throttle.check(from: ClientSource.name(of: request))
    let hash = try await passwords.hash(body.password)
    let created = try await users.create(
      email: email, passwordHash: hash, uniquifier: uniquifier, at: currentTime())
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
    let changes = try await changes(request.decode(Patch.self), by: context)
    do {
      guard
        let user = try await users.update(
          id: id, changes, uniquifier: uniquifier, at: currentTime())
      else {
        throw Problem.notFound()
      }
      return try .json(user)
    } catch let error as DatabaseError where error.isUniqueViolation {
      throw emailTaken
    }
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    guard try await users.delete(id: try ownID(context), at: currentTime()) else { throw Problem.notFound() }
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

  private var uniquifier: String { Hex.encode(SecureRandom.bytes(32)) }

  private func changes(_ patch: Patch, by context: RequestContext) async throws -> UserChanges {
    if patch.active != nil || patch.role != nil { try context.requireOperator() }
    var changes = UserChanges()
    if let email = patch.email { changes.email = try UserRules.email(email) }
    if let password = patch.password {
      try UserRules.checkPassword(password)
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
      "/v1/users/{id}", summary: "Change a user", access: .signedIn, body: Self.patchShape,
      problems: [.forbidden, .conflict], handler: update)
    router.delete(
      "/v1/users/{id}", summary: "Remove a user with all of the user's data", access: .signedIn,
      handler: delete)
  }

  private static let signUpShape = DataShape.object([.init("email", .string), .init("password", .string)])
  private static let patchShape = DataShape.object([
    .init("email", .string, isRequired: false), .init("password", .string, isRequired: false),
    .init("active", .boolean, isRequired: false),
    .init("role", .choice(UserRules.roles), isRequired: false),
  ])
}
