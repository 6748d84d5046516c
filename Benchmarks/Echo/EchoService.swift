import Cache
import HTTP
import Identity
import JSON
import MemoryCache
import Routing
import Runtime
import SQLiteDriver
import Service

/// A service with one route that reads a body of JSON and writes it again, for `make bench` (`posted`).
///
/// It has what every service of the fleet has: limits, the access log, metrics.
@main
struct EchoService: ServiceDefinition {
  let name = "backend-api"
  let defaultPort = 8081
  let tokenKey = TokenKeyHalf.signing
  let cacheRights = CacheRights(keyPrefix: "backend-api:", access: .readWrite)
  let engines = EngineRegistry(databases: [SQLiteEngine()], caches: [MemoryCacheEngine()])

  static func main() {
    ServiceMain.run("echo-bench") { _ in EchoService() }
  }

  struct Order: Codable, Sendable {
    let id: Int64
    let customer: String
    let email: String
    let paid: Bool
    let total: Double
    let note: String?
    let tags: [String]
    let lines: [Line]
  }

  struct Line: Codable, Sendable {
    let article: String
    let count: Int
    let price: Double
  }

  func addRoutes(to router: inout Router, on resources: LoopResources) async throws {
    router.post("/v1/echo", summary: "The same again", access: .anyone, answer: Answer(.ok)) { request, _ in
      try .json(try await request.decode(Order.self))
    }
  }

  // Without a check of its own, the frame would read the event log, which this account may not.
  func revocation(on resources: LoopResources) -> (any RevocationCheck)? { NoSession() }

  /// No token is accepted. The route needs none.
  struct NoSession: RevocationCheck {
    func isRevoked(_ principal: Principal) async throws -> Bool { true }
  }
}
