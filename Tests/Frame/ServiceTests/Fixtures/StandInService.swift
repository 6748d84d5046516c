import Cache
import DataAccess
import EventLoop
import HTTP
import Identity
import MemoryCache
import RedisDriver
import Routing
import Runtime
import Synchronization

@testable import Service

/// A service with one route for each case that the frame must handle.
struct StandInService: ServiceDefinition {
  let name = "stand-in"
  let defaultPort = 0
  var tokenKey = TokenKeyHalf.signing
  let cacheRights = CacheRights(keyPrefix: "stand-in:", access: .readWrite)
  let database: StandInDatabase
  let revoked = RevokedSessions()
  let workEnded = Flag()
  let held = HeldRequest()

  var engines: EngineRegistry {
    EngineRegistry(
      databases: [StandInEngine(database: database)], caches: [RedisEngine(), MemoryCacheEngine()])
  }

  func addRoutes(to router: inout Router, on resources: LoopResources) async throws {
    router.get(
      "/v1/things/{id}", summary: "A thing", access: .anyone, answer: Answer(.noContent)
    ) { _, _ in .noContent() }
    router.get(
      "/v1/mine", summary: "Of the principal", access: .signedIn, answer: Self.text
    ) { _, context in
      .text("\(try context.requirePrincipal().userID)")
    }
    router.get("/v1/denied", summary: "What no account may", access: .anyone) { _, _ in
      let denial = PermissionDenial(account: "stand-in", verb: .select, table: "users", column: "email")
      throw DatabaseError(
        .permissionDenied(denial), nativeCode: "42501", detail: "secret words of the engine")
    }
    router.get(
      "/v1/held", summary: "Takes as long as the test says", access: .anyone, answer: Self.text
    ) { [held] _, _ in
      held.hasBegun.raise()
      while !held.mayEnd.isRaised { await resources.loop.sleep(milliseconds: 5) }
      return .text("done")
    }
    router.get("/v1/cancellable", summary: "Takes until its deadline", access: .anyone) { _, _ in
      while !Task.isCancelled { await resources.loop.sleep(milliseconds: 5) }
      throw DatabaseError(.statementTimeout)
    }
  }

  private static let text = Answer(contentType: "text/plain; charset=utf-8", .string)

  func revocation(on resources: LoopResources) -> (any RevocationCheck)? { revoked }

  func work(on resources: LoopResources) async {
    while !Task.isCancelled { await resources.loop.sleep(milliseconds: 60_000) }
    workEnded.raise()
  }
}

final class RevokedSessions: RevocationCheck {
  private let sessions = Mutex<Set<Int64>>([])

  func insert(_ session: Int64) { sessions.withLock { _ = $0.insert(session) } }

  func isRevoked(_ principal: Principal) async throws -> Bool {
    sessions.withLock { $0.contains(principal.sessionID) }
  }
}

/// A request that goes on until the test lets it end.
struct HeldRequest: Sendable {
  let hasBegun = Flag()
  let mayEnd = Flag()
}

final class Flag: Sendable {
  private let isUp = Mutex(false)

  var isRaised: Bool { isUp.withLock { $0 } }
  func raise() { isUp.withLock { $0 = true } }
}
