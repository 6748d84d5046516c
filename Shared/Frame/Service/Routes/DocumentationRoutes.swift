import Cryptography
import Encoding
import HTTP
import Routing

/// `GET /openapi.json` and `GET /docs`: the description of every route of the router, for programs and for people. These
/// two describe themselves too; add them last.
struct DocumentationRoutes: Sendable {
  private static let pageType = "text/html; charset=utf-8"
  /// The page loads nothing, sends nothing, is in no frame, and has one style.
  private static let policy =
    "default-src 'none'; style-src 'sha256-\(Base64.encode(SHA256.hash(DocumentationPage.style)))'; "
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  let title: String

  func add(to router: inout Router) {
    // The documents describe their own routes too, so they are made from a router that has these already.
    var described = router
    add(to: &described, document: [], page: [])
    let page = DocumentationPage(
      title: title, version: ServiceVersion.current, routes: described.routes)
    add(
      to: &router, document: described.openAPI(title: title, version: ServiceVersion.current),
      page: Array(page.text.utf8))
  }

  private func add(to router: inout Router, document: [UInt8], page: [UInt8]) {
    let document = ConstantDocument(document, contentType: "application/json", cacheControl: "no-cache")
    router.get("/openapi.json", summary: "This document", access: .anyone, traits: .anyQuery) { request, _ in
      document.answer(to: request)
    }
    let page = ConstantDocument(
      page, contentType: Self.pageType, cacheControl: "no-cache",
      fields: [("Content-Security-Policy", Self.policy), ("Referrer-Policy", "no-referrer")])
    router.get(
      DocumentationPage.path, summary: "This document as a page", access: .anyone,
      answer: Answer(contentType: Self.pageType, .string), traits: .anyQuery
    ) { request, _ in
      page.answer(to: request)
    }
  }
}
