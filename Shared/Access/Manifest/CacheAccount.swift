/// One login of the cache, and the keys that it may use.
package struct CacheAccount: Sendable, Hashable {
  /// The account's name, which is its login.
  package let name: String
  /// The service that connects with it.
  package let service: String
  /// The key spaces that the account may use.
  package let keys: [KeyGrant]

  /// Creates an account.
  package init(name: String, service: String, keys: [KeyGrant]) {
    self.name = name
    self.service = service
    self.keys = keys
  }
}

/// A grant on a key space.
package struct KeyGrant: Sendable, Hashable {
  /// The prefix of every key of the space. It ends with a colon, so that `backend:` does not include `backend-api:`.
  package let prefix: String
  /// Reading only, or reading and writing.
  package let access: KeyAccess

  /// Creates a grant.
  package init(prefix: String, access: KeyAccess) {
    self.prefix = prefix
    self.access = access
  }
}

/// The operations that a grant on a key space allows.
package enum KeyAccess: String, Sendable, Hashable, CaseIterable {
  case read
  case readWrite = "read-write"
}
