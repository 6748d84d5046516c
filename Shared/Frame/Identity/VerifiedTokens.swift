import Collections
import Glibc
import Routing

/// The tokens that were verified lately.
struct VerifiedTokens {
  struct Entry {
    let principal: Principal
    let times: TokenTimes
  }

  /// The exact bytes of a token.
  ///
  /// Only its end is hashed, which is a part of the signature. Nothing but a token with a good signature is stored, so that
  /// clients cannot choose what they store: the hash of a stored key is as random as the signature.
  private struct Key: Hashable {
    private static let hashedBytes = 32

    let bytes: ArraySlice<UInt8>

    func hash(into hasher: inout Hasher) {
      bytes.withUnsafeBytes {
        hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0.suffix(Self.hashedBytes)))
      }
    }

    static func == (left: Key, right: Key) -> Bool {
      left.bytes.withUnsafeBytes { left in
        right.bytes.withUnsafeBytes { right in
          guard left.count == right.count else { return false }
          guard let first = left.baseAddress, let second = right.baseAddress else { return true }
          return memcmp(first, second, left.count) == 0
        }
      }
    }
  }

  private var entries: RecentEntries<Key, Entry>

  init(capacity: Int) { entries = RecentEntries(capacity: capacity) }

  var count: Int { entries.count }

  /// The entry of the token, which may be a part of a larger buffer.
  mutating func find(_ token: ArraySlice<UInt8>) -> Entry? { entries.find(Key(bytes: token)) }

  /// Remembers the token. The bytes are copied, so that nothing keeps the request that they came with.
  mutating func insert(_ token: ArraySlice<UInt8>, _ entry: Entry) {
    entries.insert(entry, for: Key(bytes: Array(token)[...]))
  }

  mutating func remove(_ token: ArraySlice<UInt8>) { entries.remove(Key(bytes: token)) }
}
