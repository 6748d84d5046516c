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

  package func bootstrap(_ site: CacheSite) async throws(AccessError) -> BootstrapOutcome {
    BootstrapOutcome(engine: "memory cache", remark: "nothing to do")
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
