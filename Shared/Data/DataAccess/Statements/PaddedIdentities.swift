extension Sequence<Int64> {
  /// The identities, each once and the last one repeated, as a list in one of few lengths. Each length is another text of
  /// its statement, which every connection prepares, and a server has one limit of prepared statements for all clients.
  package var padded: [Int64] {
    let ids = Array(Set(self))
    guard let last = ids.last else { return [] }
    var count = 8
    while count < ids.count { count *= 4 }
    return ids + [Int64](repeating: last, count: count - ids.count)
  }
}
