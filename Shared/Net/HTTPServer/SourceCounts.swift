import Transport

/// A source of clients and how many of its connections something happened to.
package struct AddressCount: Sendable, Hashable, CustomStringConvertible {
  /// The source.
  package let source: ClientSource
  /// The connections.
  package let count: Int

  /// `192.0.2.1 (17)`.
  package var description: String { "\(source) (\(count))" }
}

/// Counts by source, and by site.
struct SourceCounts {
  /// The most sources in a report.
  static let reported = 3

  /// The networks of IPv6.
  private var networks: [ClientSource: Int] = [:]
  /// The sites of the networks, and every other source.
  private var sites: [ClientSource: Int] = [:]

  subscript(_ source: ClientSource) -> Int { networks[source] ?? sites[source] ?? 0 }

  mutating func add(_ source: ClientSource) {
    let site = source.site
    sites[site, default: 0] += 1
    if site != source { networks[source, default: 0] += 1 }
  }

  /// As ``add(_:)``, where no more than `bound` sites and as many networks are counted. The networks of one site so take the
  /// place of no other site.
  mutating func add(_ source: ClientSource, bound: Int) {
    let site = source.site
    if sites.count < bound || sites[site] != nil { sites[site, default: 0] += 1 }
    guard site != source, networks.count < bound || networks[source] != nil else { return }
    networks[source, default: 0] += 1
  }

  mutating func remove(_ source: ClientSource) {
    let site = source.site
    Self.take(site, from: &sites)
    if site != source { Self.take(source, from: &networks) }
  }

  private static func take(_ source: ClientSource, from counts: inout [ClientSource: Int]) {
    let left = (counts[source] ?? 0) - 1
    counts[source] = left > 0 ? left : nil
  }

  /// The sources with the highest counts. A site stands for its networks where none of them has half of its count: each of
  /// them alone would look harmless.
  var worst: [AddressCount] {
    var largest: [ClientSource: Int] = [:]
    for (network, count) in networks { largest[network.site] = max(count, largest[network.site] ?? 0) }
    var worst: [AddressCount] = []
    for (network, count) in networks where count * 2 >= sites[network.site] ?? 0 {
      Self.keep(AddressCount(source: network, count: count), in: &worst)
    }
    for (site, count) in sites where (largest[site] ?? 0) * 2 < count {
      Self.keep(AddressCount(source: site, count: count), in: &worst)
    }
    return worst
  }

  private static func keep(_ entry: AddressCount, in worst: inout [AddressCount]) {
    if worst.count == reported, let last = worst.last, entry.count <= last.count { return }
    worst.append(entry)
    worst.sort { ($1.count, $0.source.description) < ($0.count, $1.source.description) }
    if worst.count > reported { worst.removeLast() }
  }
}
