import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import Cache
import MemoryCache

/// The memory cache as the operator's tool sees it: each process has its own, so that there is nothing to administer.
package struct MemoryCacheAdministration: CacheAdministration {
  private let store = MemoryStore()

  /// An administration over an empty store, which the proof fills.
  package init() {}

  package var engine: any CacheEngine { MemoryCacheEngine() }

  package var probes: CacheProbes { CacheProbes() }

  package func withGrants<Result>(
    of site: CacheSite, _ body: (any GrantTarget) async throws -> Result
  ) async throws -> Result {
    try await body(MemoryGrants())
  }

  /// The proof's connections share one store, with the rights that the manifest gives to each account.
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
  /// What a cache account may do, in the terms of the memory cache.
  fileprivate func cacheRights(of account: String) -> [CacheRights] {
    (cacheAccount(named: account)?.keys ?? []).map { key in
      CacheRights(keyPrefix: key.prefix, access: key.access == .readWrite ? .readWrite : .read)
    }
  }
}
