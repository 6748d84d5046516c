import Routing

extension KeySetHandlers {
  func addRoutes(to router: inout Router) {
    router.get(
      "/.well-known/jwks.json", summary: "The public keys of our tokens", access: .anyone, handler: read)
  }
}
