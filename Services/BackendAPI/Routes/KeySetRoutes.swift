import HTTP
import Routing

/// The public half of the signing key, for the services that verify tokens.
struct KeySetRoutes: Sendable {
  /// The encoded JSON Web Key Set (RFC 7517).
  let document: [UInt8]

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    var response = Response(status: .ok, body: document)
    response.headers.set("Content-Type", "application/jwk-set+json")
    response.headers.set("Cache-Control", "public, max-age=300")
    return response
  }
}

extension KeySetRoutes {
  func add(to router: inout Router) {
    router.get(
      "/.well-known/jwks.json", summary: "The public keys of the fleet's tokens", access: .anyone,
      handler: read)
  }
}
