import Routing

/// The tokens that were verified lately, in two generations. When the young generation is full it becomes the old one,
/// and tokens that were not used since are dropped. The memory is bounded, and each step costs the same.
struct VerifiedTokens {
  struct Entry {
    let principal: Principal
    let times: TokenTimes
  }

  /// The exact bytes of a token, hashed in one call: an array hashes byte by byte.
  private struct Key: Hashable {
    let bytes: [UInt8]

    func hash(into hasher: inout Hasher) {
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
  }

  private let generationCapacity: Int
  private var young: [Key: Entry] = [:]
  private var old: [Key: Entry] = [:]

  init(capacity: Int) { generationCapacity = max(1, capacity / 2) }

  var count: Int { young.count + old.count }

  mutating func find(_ token: [UInt8]) -> Entry? {
    let key = Key(bytes: token)
    if let entry = young[key] { return entry }
    guard let entry = old.removeValue(forKey: key) else { return nil }
    insert(token, entry)
    return entry
  }

  mutating func insert(_ token: [UInt8], _ entry: Entry) {
    if young.count >= generationCapacity {
      old = young
      young = [:]
    }
    young[Key(bytes: token)] = entry
  }

  mutating func remove(_ token: [UInt8]) {
    young[Key(bytes: token)] = nil
    old[Key(bytes: token)] = nil
  }
}
