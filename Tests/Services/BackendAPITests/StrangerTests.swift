import DatabaseTestSupport
import HTTP
import JSON
import Routing
import Schema
import Service
import Testing

@testable import backend_api

/// What the routes that anyone may call refuse before they work for it.
@Suite struct StrangerTests {
  private static func router(_ backend: BackendUnderTest, middleware: [any Middleware] = []) -> Router {
    var router = Router(middleware: middleware)
    backend.users.add(to: &router)
    backend.sessions.add(to: &router)
    backend.settings.add(to: &router)
    backend.mailed.add(to: &router)
    return router
  }

  private static func post(
    _ path: String, _ body: String, _ responder: RouterResponder, headers: Headers = [:]
  ) async throws -> Response {
    var headers = headers
    headers.append("Content-Type", "application/json")
    return await responder.respond(
      to: try Request(.post, path, headers: headers, body: Array(body.utf8), remoteAddress: "192.0.2.1"))
  }

  /// Signs every request in as this member.
  private struct Member: Middleware {
    func respond(to request: Request, in context: RequestContext, next: Handler) async throws -> Response {
      var context = context
      context.principal = Principal(userID: 7, sessionID: 1, role: .member, expiresAt: .max)
      return try await next(request, context)
    }
  }

  @Test func `every body that a stranger may send has a bound far below that of the server`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let open = Self.router(backend).routes.filter {
        $0.description.access == .anyone && $0.description.requestBody != nil
      }
      #expect(open.count == 6)
      for route in open {
        let bytes = try #require(route.description.maximumBodyBytes, "\(route.template)")
        #expect(bytes <= 128 << 10, "\(route.template)")
      }
    }
  }

  @Test(arguments: ["/v1/users", "/v1/sessions", "/v1/sessions/refresh", "/v1/password-resets"])
  func `a large body of unknown fields gets a short refusal`(path: String) async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let responder = Self.router(backend).build()
      let large = "{" + (0..<40_000).map { #""unknown\#($0)":1,"# }.joined() + #""last":1}"#
      let refused = try await Self.post(path, large, responder)
      #expect(refused.status == .contentTooLarge && refused.body.count < 1_024)
      let small = "{" + (0..<500).map { #""unknown\#($0)":1,"# }.joined() + #""last":1}"#
      let form = try await Self.post(path, small, responder)
      #expect(form.status == .unprocessableContent && form.body.count < 1_024)
    }
  }

  @Test func `a parameter that a route does not have is refused by name`() async throws {
    try await BackendUnderTest.with(.sqlite) { backend in
      let responder = Self.router(backend, middleware: [Member()]).build(holdsToDescription: true)
      #expect(await responder.respond(to: try Request(.get, "/v1/settings")).status == .ok)
      let response = await responder.respond(to: try Request(.get, "/v1/settings?user_id=1"))
      #expect(response.status == .badRequest)
      let error = try BackendUnderTest.json(response)["errors"]?[0]
      #expect(error?["field"]?.string == "user_id")
      #expect(error?["detail"]?.string == "is unknown here: there are no parameters")
    }
  }

  @Test func `the audit log and the events have the service's id of a request, never the client's`()
    async throws
  {
    try await BackendUnderTest.with(.sqlite) { backend in
      let responder = Self.router(backend).build()
      for name in ["ada", "bob"] {
        let body = #"{"email":"\#(name)@example.org","password":"\#(BackendUnderTest.password)"}"#
        let response = try await Self.post("/v1/users", body, responder, headers: ["X-Request-Id": "chosen"])
        #expect(response.status == .created && response.requestID == "chosen")
      }
      let ids = try await backend.database.all(AuditLog.select(\.requestID).orderBy(\.id), as: { $0 ?? "" })
      #expect(Set(ids).count == 2 && !ids.contains("chosen") && !ids.contains(""))
      let payloads = try await backend.database.all(
        Events.select(\.payload).orderBy(\.id), as: { $0.text })
      #expect(payloads.count == 2)
      for (payload, id) in zip(payloads, ids) {
        #expect(payload.contains(id) && !payload.contains("chosen"))
      }
    }
  }
}
