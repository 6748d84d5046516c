import HTTP
import JSON
import Routing
import Testing

/// A debug build fails a response that its route's description does not permit. So documentation and handlers agree.
@Suite struct ResponsePromiseTests {
  private static let shape = DataShape.object([.init("id", .integer)])

  private func status(
    _ answer: Answer, problems: [Status] = [], traits: RouteTraits = [], _ handler: @escaping Handler
  ) async throws -> Int {
    var router = Router()
    router.get(
      "/x", summary: "", access: .anyone, answer: answer, problems: problems, traits: traits, handler: handler
    )
    let held = router.build(holdsToDescription: true)
    let response = await held.respond(to: try Request(.get, "/x"))
    if response.status == .internalServerError {
      #expect(await router.build().respond(to: try Request(.get, "/x")).status != .internalServerError)
    }
    return response.status.code
  }

  @Test func `a response of the description passes`() async throws {
    #expect(try await status(Answer(.ok, Self.shape)) { _, _ in try .json(["id": 1]) } == 200)
    #expect(try await status(Answer(.noContent)) { _, _ in .noContent() } == 204)
    #expect(
      try await status(Answer(.ok, Self.shape), traits: .conditional) { _, _ in
        Response(status: .notModified)
      } == 304)
  }

  @Test func `another member, a missing one, another type or another status becomes a 500`() async throws {
    let answer = Answer(.ok, Self.shape)
    #expect(try await status(answer) { _, _ in try .json(["id": 1, "secret": 2]) } == 500)
    #expect(try await status(answer) { _, _ in try .json([String: Int]()) } == 500)
    #expect(try await status(answer) { _, _ in try .json(["id": "1"]) } == 500)
    #expect(try await status(answer) { _, _ in try .json(["id": 1], status: .created) } == 500)
    #expect(try await status(answer) { _, _ in .noContent() } == 500)
    #expect(try await status(answer, traits: .conditional) { _, _ in try .json(["id": 1]) } == 500)
  }

  @Test func `a problem that the route does not list becomes a 500, and failures of the server pass`()
    async throws
  {
    let answer = Answer(.ok, Self.shape)
    #expect(try await status(answer) { _, _ in throw Problem.conflict() } == 500)
    #expect(try await status(answer, problems: [.conflict]) { _, _ in throw Problem.conflict() } == 409)
    #expect(try await status(answer) { _, _ in throw Problem.unavailable() } == 503)
  }
}
