/// One login of the cache, and the keys it may use.
public struct CacheAccount: Sendable, Hashable {
  /// The account's name, which is its login.
  public let name: String
  /// The service that connects with it.
  public let service: String
  /// Its key spaces.
  public let keys: [KeyGrant]

  /// An account as declared.
  public init(name: String, service: String, keys: [KeyGrant]) {
    self.name = name
    self.service = service
    self.keys = keys
  }
}

/// A key space and what may be done in it.
public struct KeyGrant: Sendable, Hashable {
  /// What every key of the space begins with; it ends with a colon, so that `backend:` does not hold `backend-api:`.
  public let prefix: String
  /// Reading alone, or reading and writing.
  public let access: KeyAccess

  /// A key space as declared.
  public init(prefix: String, access: KeyAccess) {
    self.prefix = prefix
    self.access = access
  }
}

/// What may be done with the keys of a space.
public enum KeyAccess: String, Sendable, Hashable, CaseIterable {
  case read
  case readWrite = "read-write"
}
