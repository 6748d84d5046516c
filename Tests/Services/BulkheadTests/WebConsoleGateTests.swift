import HTTP
import Routing
import Testing

@testable import bulkhead

/// Which requests reach the console's routes. Behind the gate stands a responder that answers everything.
@Suite struct WebConsoleGateTests {
  private static let token = "a-token-of-this-run"
  private static let bearer = ("Authorization", "Bearer \(token)")

  @Test(arguments: ["127.0.0.1:8090", "localhost:1", "LOCALHOST", "[::1]:9"])
  func `a request with the token passes under each name of loopback`(_ host: String) async throws {
    #expect(try await status("/api/drift", [("Host", host), Self.bearer]) == 200)
  }

  @Test(arguments: [
    "attacker.example", "127.0.0.1.attacker.example", "localhost.attacker.example:80", "192.0.2.1",
    "127.0.0.2",
    "localhost.", "",
  ])
  func `a request under another name is refused, for the page too`(_ host: String) async throws {
    #expect(try await status("/api/drift", [("Host", host), Self.bearer]) == 403)
    #expect(try await status("/", [("Host", host)]) == 403)
  }

  @Test func `two hosts or none are refused`() async throws {
    #expect(try await status("/", [("Host", "localhost"), ("Host", "attacker.example")]) == 403)
    #expect(try await status("/", []) == 403)
  }

  @Test(
    arguments: [
      nil, "Bearer", "Bearer ", "Bearer a-token-of-this-ru", "Bearer a-token-of-this-run2",
      "bearer a-token-of-this-run",
      "Basic a-token-of-this-run", "a-token-of-this-run",
    ] as [String?])
  func `a request without the exact token is refused`(_ field: String?) async throws {
    let fields = [("Host", "localhost")] + (field.map { [("Authorization", $0)] } ?? [])
    #expect(try await status("/api/drift", fields) == 401)
    #expect(try await status("/api/attempts", fields, .post) == 401)
    // A path that no route has, and another spelling of one.
    #expect(try await status("/nothing", fields) == 401)
    #expect(try await status("/%61pi/drift", fields) == 401)
    #expect(try await status("//", fields) == 401)
  }

  @Test func `the token alone makes a connection known, for which strangers give way`() async throws {
    for (fields, isKnown) in [
      ([Self.bearer], true), ([], false), ([("Authorization", "Bearer other")], false),
    ] {
      var request = try Request(
        .get, "/api/drift",
        headers: Headers(([("Host", "localhost")] + fields).map { (name: $0.0, value: $0.1) }))
      request.presence = ClientPresence()
      _ = WebConsoleGate(Everything(), token: Self.token, openPaths: ["/"]).begin(request)
      #expect(request.presence?.isKnown == isKnown)
    }
  }

  @Test func `two tokens are refused`() async throws {
    let fields = [("Host", "localhost"), Self.bearer, ("Authorization", "Bearer other")]
    #expect(try await status("/api/drift", fields) == 401)
  }

  @Test(arguments: [
    ("Origin", "http://attacker.example"), ("Origin", "null"), ("Origin", "http://localhost:8081"),
    ("Origin", "https://localhost:8090"), ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
  ])
  func `a request of another origin is refused even with the token`(_ name: String, _ value: String)
    async throws
  {
    let fields = [("Host", "localhost:8090"), Self.bearer, (name, value)]
    #expect(try await status("/api/attempts", fields, .post) == 403)
  }

  @Test func `the page's own requests pass`() async throws {
    let fields = [
      ("Host", "localhost:8090"), Self.bearer, ("Origin", "http://localhost:8090"),
      ("Sec-Fetch-Site", "same-origin"),
    ]
    #expect(try await status("/api/attempts", fields, .post) == 200)
  }

  @Test func `every answer, a refusal too, forbids other hosts, inline code, frames and caches`() async throws
  {
    for fields in [[("Host", "localhost")], [("Host", "attacker.example")]] {
      let response = try await answer("/", fields)
      let policy = try #require(response.headers["Content-Security-Policy"])
      #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
      #expect(!policy.contains("unsafe") && !policy.contains("http:") && !policy.contains("*"))
      #expect(response.headers["X-Content-Type-Options"] == "nosniff")
      #expect(response.headers["Cache-Control"] == "no-store")
      #expect(response.headers["Referrer-Policy"] == "no-referrer")
    }
  }

  private func status(
    _ path: String, _ fields: [(String, String)], _ method: HTTP.Method = .get
  ) async throws -> Int {
    try await answer(path, fields, method).status.code
  }

  private func answer(
    _ path: String, _ fields: [(String, String)], _ method: HTTP.Method = .get
  ) async throws -> Response {
    let request = try Request(method, path, headers: Headers(fields.map { (name: $0.0, value: $0.1) }))
    let gate = WebConsoleGate(Everything(), token: Self.token, openPaths: ["/"])
    let response = await gate.respond(to: request)
    if case .now(let immediate) = gate.begin(request) { #expect(immediate.status == response.status) }
    return response
  }

  private final class Everything: Responder {
    func respond(to request: Request) async -> Response { .text("reached") }
    func begin(_ request: Request) -> Reply { .now(.text("reached")) }
  }
}
