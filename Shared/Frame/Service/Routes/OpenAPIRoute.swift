import HTTP
import Routing

/// `GET /openapi.json`: every route of the router, this one included; add it last.
struct OpenAPIRoute: Sendable {
  let title: String

  func add(to router: inout Router) {
    // A route describes itself as well, so the document is made from a router that has it already.
    var described = router
    add(to: &described, document: [])
    add(to: &router, document: described.openAPI(title: title, version: ServiceVersion.current))
  }

  private func add(to router: inout Router, document: [UInt8]) {
    let response = Response(status: .ok, headers: ["Content-Type": "application/json"], body: document)
    router.get("/openapi.json", summary: "This document", access: .anyone) { _, _ in response }
  }
}
