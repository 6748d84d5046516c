import HTTP
import Routing

/// `GET /openapi.json`: describes every route of the router, itself included; add it last.
struct OpenAPIRoute: Sendable {
  let title: String

  func add(to router: inout Router) {
    // The document describes this route too, so it is made from a router that already has the route.
    var described = router
    add(to: &described, document: [])
    add(to: &router, document: described.openAPI(title: title, version: ServiceVersion.current))
  }

  private func add(to router: inout Router, document: [UInt8]) {
    let document = ConstantDocument(document, contentType: "application/json", cacheControl: "no-cache")
    router.get("/openapi.json", summary: "This document", access: .anyone) { request, _ in
      document.answer(to: request)
    }
  }
}
