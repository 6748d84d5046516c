/// One login of the cache, and the keys it may use.
package struct CacheAccount: Sendable, Hashable {
  /// The account's name, which is its login.
  package let name: String
  /// The service that connects with it.
  package let service: String
  /// Its key spaces.
  package let keys: [KeyGrant]

  /// An account as declared.
  package init(name: String, service: String, keys: [KeyGrant]) {
    self.name = name
    self.service = service
    self.keys = keys
  }
}

/// A key space and what may be done in it.
package struct KeyGrant: Sendable, Hashable {
  /// What every key of the space begins with; it ends with a colon, so that `backend:` does not hold `backend-api:`.
  package let prefix: String
  /// Reading alone, or reading and writing.
  package let access: KeyAccess

  /// A key space as declared.
  package init(prefix: String, access: KeyAccess) {
    self.prefix = prefix
    self.access = access
  }
}

/// What may be done with the keys of a space.
package enum KeyAccess: String, Sendable, Hashable, CaseIterable {
  case read
  case readWrite = "read-write"
}
