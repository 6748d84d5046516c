/// The order in which slots were last used. It is a doubly linked list over indices, so every step has a constant cost.
struct RecencyList {
  private struct Links {
    var newer: Int?
    var older: Int?
  }

  private var links: [Links] = []
  private(set) var newest: Int?
  private(set) var oldest: Int?

  /// Inserts a slot that is not in the list at the recent end.
  mutating func insert(_ slot: Int) {
    while links.count <= slot { links.append(Links()) }
    links[slot] = Links(newer: nil, older: newest)
    if let newest { links[newest].newer = slot }
    newest = slot
    if oldest == nil { oldest = slot }
  }

  /// Removes a slot from the list.
  mutating func remove(_ slot: Int) {
    let removed = links[slot]
    if let newer = removed.newer { links[newer].older = removed.older } else { newest = removed.older }
    if let older = removed.older { links[older].newer = removed.newer } else { oldest = removed.newer }
    links[slot] = Links()
  }

  /// Moves a slot of the list to the recent end.
  mutating func touch(_ slot: Int) {
    guard newest != slot else { return }
    remove(slot)
    insert(slot)
  }
}
