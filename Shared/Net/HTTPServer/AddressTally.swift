/// An address and how many of its connections something happened to.
package struct AddressCount: Sendable, Hashable, CustomStringConvertible {
  /// The client's address.
  package let host: String
  /// The connections.
  package let count: Int

  /// `192.0.2.1 (17)`.
  package var description: String { "\(host) (\(count))" }
}

/// Counts by address, within bounds: an attack from many addresses must not fill the memory, nor a line of the log.
struct AddressTally {
  /// The most addresses that are counted at a time. Further ones are left out until the next report.
  static let maximumAddresses = 1_024
  /// The most addresses in a report.
  static let reportedAddresses = 3

  private var counts: [String: Int] = [:]

  mutating func count(_ host: String?) {
    guard let host else { return }
    guard counts.count < Self.maximumAddresses || counts[host] != nil else { return }
    counts[host, default: 0] += 1
  }

  /// The addresses with the highest counts, and begins anew.
  mutating func takeWorst() -> [AddressCount] {
    defer { counts = [:] }
    return Self.worst(of: counts)
  }

  static func worst(of counts: [String: Int]) -> [AddressCount] {
    var worst: [AddressCount] = []
    for (host, count) in counts {
      if worst.count == reportedAddresses, let last = worst.last, count <= last.count { continue }
      worst.append(AddressCount(host: host, count: count))
      worst.sort { ($1.count, $0.host) < ($0.count, $1.host) }
      if worst.count > reportedAddresses { worst.removeLast() }
    }
    return worst
  }
}

/// The addresses behind the last events of a server's connections: whom to block in an attack.
package struct BusiestAddresses: Sendable, Hashable {
  /// Those with the most open connections; empty without a limit for an address.
  package var open: [AddressCount] = []
  /// Those whose new connections met a limit most often.
  package var new: [AddressCount] = []
  /// Those whose connections ended most often because they read too slowly.
  package var slow: [AddressCount] = []
}
