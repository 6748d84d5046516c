import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import Cache
import MemoryCache

/// The memory cache for the operator's tool. Each process has its own cache, so there is nothing to administer.
package struct MemoryCacheAdministration: CacheAdministration {
  private let store = MemoryStore()

  /// Administers an empty store, which the proof fills.
  package init() {}

  package var engine: any CacheEngine { MemoryCacheEngine() }

  package var reportName: String { MemoryGrants.name }

  package var probes: CacheProbes { CacheProbes() }

  package func withGrants<Result>(
    of site: CacheSite, _ body: (any GrantTarget) async throws -> Result
  ) async throws -> Result {
    try await body(MemoryGrants())
  }

  /// Connects to the store that all the proof's connections share, with the account's rights from the manifest.
  package func connect(as account: String, of site: CacheSite) async throws -> any CacheConnection {
    store.connection(account: account, rights: site.manifest.cacheRights(of: account))
  }

  package func login(of site: CacheSite) -> ProofCache.Login? { nil }

  package func bootstrap(_ site: CacheSite) async throws(AccessError) -> BootstrapOutcome {
    BootstrapOutcome(engine: MemoryGrants.name, remark: "nothing to do")
  }

  package func accessControlList(
    for manifest: AccessManifest, credentials: CredentialStore
  ) throws -> String? { nil }
}

extension AccessManifest {
  /// A cache account's rights, as the memory cache's type.
  fileprivate func cacheRights(of account: String) -> [CacheRights] {
    (cacheAccount(named: account)?.keys ?? []).map { key in
      CacheRights(keyPrefix: key.prefix, access: key.access == .readWrite ? .readWrite : .read)
    }
  }
}

/// The memory cache's grants. Each process compiles them in, so there is nothing to apply to a server.
///
/// The memory belongs to one process. No other process can reach it.
package struct MemoryGrants: GrantTarget {
  /// Makes the target; it has no state.
  package init() {}

  /// The engine's name in reports.
  package static let name = "memory cache"

  /// `memory cache`.
  package var name: String { Self.name }

  /// Always empty.
  package func plan() async throws(AccessError) -> AccessPlan { AccessPlan() }

  /// Does nothing.
  package func apply() async throws(AccessError) -> AccessOutcome { AccessOutcome(done: []) }

  /// Always empty.
  package func verify() async throws(AccessError) -> [Deviation] { [] }
}
