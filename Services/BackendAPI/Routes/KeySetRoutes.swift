import HTTP
import Routing
import Service

/// The public half of the signing key, for the services that verify tokens.
struct KeySetRoutes: Sendable {
  private static let contentType = "application/jwk-set+json"

  /// The encoded JSON Web Key Set (RFC 7517).
  private let document: ConstantDocument

  init(document: [UInt8]) {
    self.document = ConstantDocument(
      document, contentType: Self.contentType, cacheControl: "public, max-age=300")
  }

  func read(_ request: Request, _ context: RequestContext) throws -> Response {
    document.answer(to: request)
  }
}

extension KeySetRoutes {
  func add(to router: inout Router) {
    router.get(
      "/.well-known/jwks.json", summary: "The public keys of the fleet's tokens", access: .anyone,
      answer: Answer(contentType: Self.contentType, BackendShapes.keySet), traits: .anyQuery
    ) { request, context in try read(request, context) }
  }
}
