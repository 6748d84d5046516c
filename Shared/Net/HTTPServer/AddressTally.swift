import Transport

/// Counts by source, within bounds: an attack from many addresses must not fill the memory, nor a line of the log.
struct AddressTally {
  /// The most sites, and networks of sites, that are counted at a time. Further ones are left out until the next report.
  static let maximumAddresses = 1_024

  private var counts = SourceCounts()

  mutating func count(_ source: ClientSource) {
    counts.add(source, bound: Self.maximumAddresses)
  }

  /// The sources with the highest counts, and begins anew.
  mutating func takeWorst() -> [AddressCount] {
    defer { counts = SourceCounts() }
    return counts.worst
  }
}

/// The sources behind the last events of a server's connections: whom to block in an attack.
package struct BusiestAddresses: Sendable, Hashable {
  /// Those with the most open connections; empty without a limit for an address.
  package var open: [AddressCount] = []
  /// Those whose new connections met a limit most often.
  package var new: [AddressCount] = []
  /// Those whose connections ended most often because they read too slowly.
  package var slow: [AddressCount] = []
  /// Those whose incomplete requests were refused most often for their memory.
  package var incomplete: [AddressCount] = []
  /// The proxies that most often named no client.
  package var forwarding: [AddressCount] = []
}
