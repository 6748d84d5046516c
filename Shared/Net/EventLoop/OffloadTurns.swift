/// The work that waits in an ``OffloadQueue``, in the order of its turns.
///
/// Each item has a path, for example of its client's network and address. At each level of it the branches take turns, and
/// behind its end the oldest item is first. So an item waits for one item of each other branch, and for all items of none.
/// Items with an empty path are in the order of their arrival.
struct OffloadTurns: Sendable {
  /// How many items that were taken may stay in front of the others before those move up.
  private static let takenLimit = 1_024

  private var items: [OffloadItem] = []
  private var taken = 0
  private var branches: [Int: OffloadTurns] = [:]
  /// The branches in the order of their turns.
  private var order: [Int] = []
  /// Items that wait, without those whose caller is gone.
  private(set) var count = 0

  mutating func append(_ item: OffloadItem) { append(item, item.path[...]) }

  private mutating func append(_ item: OffloadItem, _ path: ArraySlice<Int>) {
    count += 1
    guard let key = path.first else { return items.append(item) }
    if branches[key] == nil { order.append(key) }
    branches[key, default: OffloadTurns()].append(item, path.dropFirst())
  }

  /// The item whose turn it is, and what ends it; nil where no caller waits.
  mutating func next() -> (item: OffloadItem, completion: OffloadItem.Completion)? {
    guard count > 0, let found = nextOwn() ?? nextOfBranch() else { return nil }
    count -= 1
    return found
  }

  private mutating func nextOwn() -> (item: OffloadItem, completion: OffloadItem.Completion)? {
    while taken < items.count {
      let item = items[taken]
      taken += 1
      if taken > Self.takenLimit {
        items.removeFirst(taken)
        taken = 0
      }
      if let completion = item.end().completion { return (item, completion) }
    }
    items.removeAll(keepingCapacity: true)
    taken = 0
    return nil
  }

  private mutating func nextOfBranch() -> (item: OffloadItem, completion: OffloadItem.Completion)? {
    guard !order.isEmpty else { return nil }
    let key = order.removeFirst()
    let found = branches[key]?.next()
    if let branch = branches[key], branch.count > 0 { order.append(key) } else { branches[key] = nil }
    return found
  }

  /// How many items have their turn before a new one with this path.
  func ahead(of path: ArraySlice<Int>) -> Int {
    guard let key = path.first else { return count }
    let inBranch = branches[key]?.ahead(of: path.dropFirst()) ?? 0
    // Each other branch has a turn before each turn of this one.
    return branches.reduce(inBranch) { sum, branch in
      branch.key == key ? sum : sum + min(branch.value.count, inBranch + 1)
    }
  }

  /// The caller of an item is gone. A branch without callers leaves nothing behind.
  mutating func lose(_ item: OffloadItem) { lose(item.path[...]) }

  private mutating func lose(_ path: ArraySlice<Int>) {
    count -= 1
    if count == 0 {
      self = OffloadTurns()
    } else if let key = path.first {
      branches[key]?.lose(path.dropFirst())
      guard branches[key]?.count == 0 else { return }
      branches[key] = nil
      order.removeAll { $0 == key }
    }
  }
}
