import HTTP
import Identity
import Routing

/// Authentication with a fetched key set: a token that names an unknown key has the set fetched before it is refused.
struct FetchedKeyAuthentication: Middleware {
  let keySet: FetchedKeySet
  let now: @Sendable () -> Int64
  let isRevoked: @Sendable (Principal) async throws -> Bool

  func concerns(_ route: RouteDescription) -> Bool { route.access != .anyone }

  func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response {
    if context.access != .anyone, namesUnknownKey(request) { await keySet.refresh() }
    let authentication = AuthenticationMiddleware(verifier: keySet.verifier, now: now, isRevoked: isRevoked)
    return try await authentication.respond(to: request, in: context, next: next)
  }

  /// A token that was verified before is remembered, so that looking twice costs one look.
  private func namesUnknownKey(_ request: Request) -> Bool {
    guard let field = request.headers["Authorization"], let space = field.firstIndex(of: " ") else {
      return false
    }
    do throws(TokenError) {
      _ = try keySet.verifier.verify(String(field[field.index(after: space)...]), now: now())
      return false
    } catch {
      return error == .unknownKey
    }
  }
}
