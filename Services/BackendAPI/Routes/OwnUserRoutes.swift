import HTTP
import Routing

/// `/v1/users/me`: the caller's own account, for clients that do not keep its id. The same handlers answer as under
/// `/v1/users/{id}`.
extension UserRoutes {
  func addOwn(to router: inout Router) {
    router.get(
      "/v1/users/me", summary: "One's own account", access: .signedIn,
      answer: Answer(.ok, BackendShapes.user),
      traits: [.conditional, .callerRecord], handler: own(read))
    router.patch(
      "/v1/users/me", summary: "Change one's own account", access: .signedIn, body: BackendShapes.patch,
      answer: Self.patchAnswer, problems: [.forbidden, .conflict, .tooManyRequests, .serviceUnavailable],
      traits: .conditional, handler: own(update))
    router.delete(
      "/v1/users/me", summary: "Remove one's own account with all of its data", access: .signedIn,
      body: BackendShapes.departure, problems: [.forbidden, .tooManyRequests, .serviceUnavailable],
      traits: .conditional, handler: own(delete))
  }

  private func own(_ handler: @escaping Handler) -> Handler {
    { request, context in
      let id = try context.requirePrincipal().userID
      return try await handler(
        request, context.replacing(parameters: Parameters(names: ["id"], values: [String(id)])))
    }
  }
}
