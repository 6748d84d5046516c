import Cache
import DatabaseTestSupport
import MemoryCache
import Secrets
import TestSupport

/// A cache engine that a test body runs on.
enum CacheUnderTest: String, CaseIterable, Sendable, CustomStringConvertible {
  case redis
  case memory

  var description: String { rawValue }

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
    switch self {
    case .memory:
      let store = MemoryStore()
      try await body(
        store.connection(account: "writer", rights: [CacheRights(keyPrefix: prefix, access: .readWrite)]),
        store.connection(account: "reader", rights: [CacheRights(keyPrefix: prefix, access: .read)]), prefix)
    case .redis:
      let server = try RedisServer.shared()
      let fixture = try LoopFixture()
      try await RedisAccounts.with(server, on: fixture.loop, prefix: prefix) { writer, reader in
        try await body(writer, reader, prefix)
      }
    }
  }
}
