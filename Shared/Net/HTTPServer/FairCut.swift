import Transport

/// Memory of one connection, for the choice of those that lose it.
struct Holding {
  /// The client, an IPv6 network by its site: a subscriber with a thousand networks would have a thousand shares.
  let source: ClientSource
  let bytes: Int
  /// Its place in the order of the choice.
  let order: UInt64
}

/// Chooses the connections that lose their memory: those of the sources that hold most, the first ones of each source.
///
/// A source with many small pieces or with a few large ones so frees its own memory, and the slow request of another client
/// goes on.
struct FairCut {
  private struct Share {
    let members: [Int]
    var bytes: Int
    let first: UInt64
  }

  private let holdings: [Holding]
  private let need: Int
  private var freed = 0
  private var chosen: [Int] = []

  /// The indexes of the connections whose memory makes `need` bytes, or of fewer: then the caller asks again.
  /// - Parameter sparesSmall: Whether those below their source's average stay: one of them frees nothing.
  static func choose(from holdings: [Holding], freeing need: Int, sparesSmall: Bool) -> [Int] {
    var cut = FairCut(holdings: holdings, need: need)
    let shares = cut.shares()
    let level = cut.level(of: shares)
    for share in shares { cut.take(from: share, downTo: level, sparesSmall: sparesSmall) }
    return cut.chosen
  }

  private init(holdings: [Holding], need: Int) {
    self.holdings = holdings
    self.need = need
  }

  /// The sources, those with most bytes first.
  private func shares() -> [Share] {
    Dictionary(grouping: holdings.indices, by: { holdings[$0].source }).values.map { members in
      let sorted = members.sorted { holdings[$0].order < holdings[$1].order }
      return Share(
        members: sorted, bytes: members.reduce(0) { $0 + holdings[$1].bytes },
        first: sorted.first.map { holdings[$0].order } ?? 0)
    }.sorted { ($1.bytes, $0.first) < ($0.bytes, $1.first) }
  }

  /// The bytes that each source may keep, so that the sources with more give as many as are needed.
  private func level(of shares: [Share]) -> Int {
    var sum = 0
    for (index, share) in shares.enumerated() {
      sum += share.bytes
      let level = (sum - need) / (index + 1)
      if index + 1 == shares.count || level >= shares[index + 1].bytes { return max(0, level) }
    }
    return 0
  }

  private mutating func take(from share: Share, downTo level: Int, sparesSmall: Bool) {
    let average = sparesSmall ? share.bytes / share.members.count : 0
    var left = share.bytes
    for index in share.members where holdings[index].bytes >= average {
      guard freed < need, left > level else { return }
      chosen.append(index)
      freed += holdings[index].bytes
      left -= holdings[index].bytes
    }
  }
}
