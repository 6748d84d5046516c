import Routing
import Service

extension UserHandlers {
  func addRoutes(to router: inout Router) {
    router.post(
      "/v1/users", summary: "Sign up", access: .anyone, body: Self.signUpShape, problems: [.conflict],
      handler: create)
    router.get(
      "/v1/users", summary: "All users, a page at a time", access: .operators,
      query: PageRequest.parameters, handler: list)
    router.get("/v1/users/{id}", summary: "One user", access: .signedIn, handler: read)
    router.patch(
      "/v1/users/{id}", summary: "Change a user", access: .signedIn, body: Self.patchShape,
      problems: [.forbidden, .conflict], handler: update)
    router.delete(
      "/v1/users/{id}", summary: "Remove a user with all that is theirs", access: .signedIn, handler: delete)
  }

  private static let signUpShape = DataShape.object([.init("email", .string), .init("password", .string)])
  private static let patchShape = DataShape.object([
    .init("email", .string, isRequired: false), .init("password", .string, isRequired: false),
    .init("active", .boolean, isRequired: false),
    .init("role", .choice(UserRules.roles), isRequired: false),
  ])
}
