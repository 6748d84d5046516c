import Routing

/// The tokens that were verified lately, in two generations: when the young one is full it becomes the old one, and
/// what was not asked for since is forgotten. Bounded, and each step costs the same.
struct VerifiedTokens {
  struct Entry {
    let principal: Principal
    let times: TokenTimes
  }

  private let generationCapacity: Int
  private var young: [[UInt8]: Entry] = [:]
  private var old: [[UInt8]: Entry] = [:]

  init(capacity: Int) { generationCapacity = max(1, capacity / 2) }

  var count: Int { young.count + old.count }

  mutating func find(_ token: [UInt8]) -> Entry? {
    if let entry = young[token] { return entry }
    guard let entry = old.removeValue(forKey: token) else { return nil }
    insert(token, entry)
    return entry
  }

  mutating func insert(_ token: [UInt8], _ entry: Entry) {
    if young.count >= generationCapacity {
      old = young
      young = [:]
    }
    young[token] = entry
  }

  mutating func remove(_ token: [UInt8]) {
    young[token] = nil
    old[token] = nil
  }
}
