import HTTP
import Routing

/// Finds out who makes a request: verifies the bearer token and puts the principal into the context.
///
/// Routes for anyone are left alone, with or without a token. Everywhere else a bad token is answered with 401 and one
/// and the same text, whether it is expired, revoked, forged or garbage: the difference is nobody's business.
package struct AuthenticationMiddleware: Middleware {
  private let verifier: TokenVerifier
  private let now: @Sendable () -> Int64
  private let isRevoked: @Sendable (Principal) async throws -> Bool

  /// - Parameters:
  ///   - now: Seconds since 1970.
  ///   - isRevoked: Asked for every request with a good token; a service that cannot know says no.
  package init(
    verifier: TokenVerifier, now: @escaping @Sendable () -> Int64,
    isRevoked: @escaping @Sendable (Principal) async throws -> Bool = { _ in false }
  ) {
    self.verifier = verifier
    self.now = now
    self.isRevoked = isRevoked
  }

  /// Routes for anyone are none of its business.
  package func concerns(_ route: RouteDescription) -> Bool { route.access != .anyone }

  /// Lets the request through with its principal, or throws the 401.
  package func respond(
    to request: Request, in context: RequestContext, next: Handler
  ) async throws -> Response {
    guard context.access != .anyone else { return try await next(request, context) }
    var context = context
    context.principal = try await principal(of: request)
    return try await next(request, context)
  }

  private func principal(of request: Request) async throws -> Principal {
    switch BearerToken(request.headers) {
    case .missing: throw Problem.unauthorized("This needs a bearer token.")
    case .unreadable: throw Self.refusal
    case .token(let token):
      guard let principal = try? verifier.verify(token, now: now()) else { throw Self.refusal }
      guard try await !isRevoked(principal) else { throw Self.refusal }
      return principal
    }
  }

  private static var refusal: Problem {
    .unauthorized("The bearer token does not hold.", challenge: #"Bearer error="invalid_token""#)
  }
}
