import HTTP
import Routing
import Testing

@Suite struct DocumentationPageTests {
  private var page: String {
    var router = Router()
    let person = DataShape.named("Person", .object([.init("email", .text(1...9), summary: "with `@`")]))
    router.post(
      "/v1/people/{id}", summary: "Adds <someone> & \"more\"", access: .signedIn, body: person,
      answer: Answer(.created, person), traits: .idempotent
    ) { _, _ in .noContent() }
    return DocumentationPage(title: "T", version: "1", routes: router.routes).text
  }

  @Test func `the page has every route, shape and problem, with an anchor for each`() {
    for text in [
      "<code>POST /v1/people/{id}</code>", "id=\"post_v1_people_id\"", "href=\"#schema-Person\"",
      "id=\"schema-Person\"", "with <code>@</code>", "Needs a token.", "takes <code>Idempotency-Key</code>",
    ] { #expect(page.contains(text), "\(text)") }
    for kind in ProblemCode.allCases {
      #expect(page.contains("id=\"\(kind.type.split(separator: "#")[1])\""))
    }
  }

  @Test func `texts are escaped, and the page runs and loads nothing`() {
    #expect(page.contains("Adds &lt;someone&gt; &amp; &quot;more&quot;"))
    for text in ["<script", "<link", "<img", "http://", "https://", " style=", " onclick"] {
      #expect(!page.contains(text), "\(text)")
    }
  }

  @Test func `every kind of problem has the status under which it is documented`() {
    #expect(Set(ProblemCode.allCases.map(\.rawValue)).count == ProblemCode.allCases.count)
    #expect(Problem(.conflict).code == .conflict)
    #expect(Problem(.unprocessableContent).code == .unprocessable)
    #expect(Problem(Status(code: 418, reason: "")).code == .malformedRequest)
    #expect(Problem(Status(code: 599, reason: "")).code == .internalError)
  }
}
