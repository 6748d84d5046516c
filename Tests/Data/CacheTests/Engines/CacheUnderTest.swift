import Cache
import DatabaseTestSupport
import MemoryCache
import Secrets
import TestSupport

/// A cache engine that a test body runs on.
enum CacheUnderTest: String, CaseIterable, Sendable, CustomStringConvertible {
  case redis
  case valkey
  case memory

  var description: String { rawValue }

  /// Every engine that this machine has.
  static let allCases: [CacheUnderTest] =
    RedisServer.hasValkey ? [.redis, .valkey, .memory] : [.redis, .memory]

  /// The server of the tests; nil where the cache is memory.
  func server() throws -> RedisServer? {
    switch self {
    case .memory: nil
    case .redis: try RedisServer.shared()
    case .valkey: try RedisServer.sharedValkey()
    }
  }

  /// The command rules of a service's account, as `access apply` sets them.
  static let rules = [
    "-@all", "+@read", "+@write", "+@connection", "+@transaction", "-@admin", "-@dangerous", "-@scripting",
    "-scan", "-randomkey", "-dbsize", "-select", "-move", "-copy", "-client", "+client|setname",
    "+client|id",
  ]

  /// Runs the body with connections of two accounts to a key space of this test: one may write, one may only read.
  func withAccounts(
    _ body:
      @Sendable (_ writer: any CacheConnection, _ reader: any CacheConnection, _ prefix: String) async throws
      -> Void
  ) async throws {
    let prefix = "test-\(UInt32.random(in: 0 ... .max)):"
    guard let server = try server() else {
      let store = MemoryStore()
      try await body(
        store.connection(account: "writer", rights: [CacheRights(keyPrefix: prefix, access: .readWrite)]),
        store.connection(account: "reader", rights: [CacheRights(keyPrefix: prefix, access: .read)]), prefix)
      return
    }
    let fixture = try LoopFixture()
    try await RedisAccounts.with(server, on: fixture.loop, prefix: prefix) { writer, reader in
      try await body(writer, reader, prefix)
    }
  }
}
