/// One right of a cache account: to read, or to read and write, the keys that begin with a prefix.
package struct CacheRights: Sendable, Hashable {
  /// How much is allowed on the keys.
  package enum Access: String, Sendable, Hashable {
    /// Read values.
    case read
    /// Read, store and remove values.
    case readWrite
  }

  /// The prefix with its colon, for example `analytics:`. Without the colon `backend` would cover `backend-api:`.
  package let keyPrefix: String
  /// How much is allowed on the keys.
  package let access: Access

  /// A right on all keys that begin with the prefix.
  package init(keyPrefix: String, access: Access) {
    self.keyPrefix = keyPrefix
    self.access = access
  }

  /// Whether the right covers this use of this key.
  package func covers(_ key: [UInt8], for wanted: Access) -> Bool {
    admits(wanted) && key.starts(with: keyPrefix.utf8)
  }

  /// Whether the right admits this use of some key.
  package func admits(_ wanted: Access) -> Bool {
    access == .readWrite || wanted == .read
  }
}
