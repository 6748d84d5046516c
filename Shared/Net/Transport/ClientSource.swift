import Glibc

/// Where a client comes from, as far as it cannot choose it: its IPv4 address, or the /64 network of its IPv6 address, of
/// which one subscriber has every address. Each limit for a client counts by it.
///
/// One subscriber often has more networks than one: a /56 or a /48 (RFC 6177, section 2). So a limit that must hold for one
/// subscriber also counts the ``site``.
package struct ClientSource: Sendable, Hashable {
  /// How much of the address is the same for all clients of the source.
  private enum Extent: Sendable {
    /// The address is not known.
    case unknown
    case version4Address
    case version6Network
    case version6Site
  }

  private static let siteMask: UInt64 = 0xFFFF_FFFF_FFFF_0000

  private let extent: Extent
  /// The first 64 bits of an IPv6 address; an IPv4 address alone.
  private let bits: UInt64

  private init(_ extent: Extent, _ bits: UInt64) {
    self.extent = extent
    self.bits = bits
  }

  /// The source of this address. All texts that are no address have one source together.
  package init(_ address: String?) {
    guard let address, let bytes = AddressRange.bytes(of: address) else {
      self.init(.unknown, 0)
      return
    }
    if let inner = AddressRange.version4(in: bytes) {
      self.init(.version4Address, Self.number(inner))
    } else {
      self.init(.version6Network, Self.number(bytes[..<8]))
    }
  }

  /// The /48 network of an IPv6 source, which is the most that one subscriber usually has; otherwise the source itself.
  package var site: ClientSource {
    switch extent {
    case .unknown, .version4Address, .version6Site: self
    case .version6Network: ClientSource(.version6Site, bits & Self.siteMask)
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension ClientSource: CustomStringConvertible {
  /// `192.0.2.1`, `2001:db8:1:2::/64` or `2001:db8:1::/48`.
  package var description: String {
    switch extent {
    case .unknown: return "unknown"
    case .version4Address:
      let address = in_addr(s_addr: UInt32(truncatingIfNeeded: bits).bigEndian)
      return AddressStorage.text(AF_INET, address, INET_ADDRSTRLEN) ?? "unknown"
    case .version6Network: return "\(network)/64"
    case .version6Site: return "\(network)/48"
    }
  }

  private var network: String {
    var address = in6_addr()
    withUnsafeMutableBytes(of: &address) { $0.storeBytes(of: bits.bigEndian, as: UInt64.self) }
    return AddressStorage.text(AF_INET6, address, INET6_ADDRSTRLEN) ?? "unknown"
  }
}
