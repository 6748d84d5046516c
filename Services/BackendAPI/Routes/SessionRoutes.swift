import Routing

extension SessionHandlers {
  func addRoutes(to router: inout Router) {
    router.post(
      "/v1/sessions", summary: "Sign in", access: .anyone, body: Self.signInShape,
      problems: [.unauthorized, .tooManyRequests], handler: create)
    router.get("/v1/sessions/current", summary: "The session of this token", access: .signedIn, handler: read)
    router.delete("/v1/sessions/current", summary: "Sign out", access: .signedIn, handler: delete)
  }

  private static let signInShape = DataShape.object([.init("email", .string), .init("password", .string)])
}
