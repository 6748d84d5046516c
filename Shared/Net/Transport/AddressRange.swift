import Glibc

/// A range of IP addresses in CIDR notation (RFC 4632, RFC 4291): `10.0.0.0/8`, `fd00::/8`, or one address.
package struct AddressRange: Sendable, Hashable {
  /// 16 bytes; an IPv4 address in its mapped form, `::ffff:a.b.c.d`, so that a listener for both families compares alike.
  private let bytes: [UInt8]
  private let prefixBits: Int

  /// Reads a range; nil for another text, or for bits beyond the prefix that are set, which is nearly always a mistake.
  package init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let bytes = Self.bytes(of: String(first)) else { return nil }
    let isVersion4 = !first.contains(":")
    var prefix = isVersion4 ? 32 : 128
    if parts.count == 2 {
      guard let number = Int(parts[1]), (0...prefix).contains(number), parts[1].allSatisfy(\.isNumber) else {
        return nil
      }
      prefix = number
    }
    prefixBits = isVersion4 ? prefix + 96 : prefix
    self.bytes = bytes
    guard (prefixBits..<128).allSatisfy({ bytes[$0 / 8] & (0x80 >> UInt8($0 % 8)) == 0 }) else { return nil }
  }

  /// Whether the range has addresses of strangers for certain: it is larger than any network of one owner (10.0.0.0/8,
  /// fc00::/7).
  package var isVast: Bool {
    let isVersion4 = prefixBits >= 96 && bytes.starts(with: Self.mappedPrefix)
    return isVersion4 ? prefixBits < 96 + 8 : prefixBits < 7
  }

  /// Whether the address lies in the range. False for a text that is no address.
  package func contains(_ address: String) -> Bool {
    guard let other = Self.bytes(of: address) else { return false }
    let whole = prefixBits / 8
    guard other[..<whole] == bytes[..<whole] else { return false }
    let rest = prefixBits % 8
    return rest == 0 || (other[whole] ^ bytes[whole]) >> UInt8(8 - rest) == 0
  }

  /// `::ffff:0:0/96`.
  private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

  /// The prefixes of the addresses that end in one of IPv4: the mapped one, and that of translators
  /// (`64:ff9b::/96`, RFC 6052), by which networks of IPv6 alone and servers and clients of IPv4 reach each other.
  private static let prefixesOfVersion4: [[UInt8]] = [
    mappedPrefix, [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0],
  ]

  /// The IPv4 address that an address of 16 bytes stands for; nil of one that stands for itself.
  package static func version4(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
    prefixesOfVersion4.contains { bytes.starts(with: $0) } ? bytes[12...] : nil
  }

  /// The 16 bytes of an address; nil for another text.
  package static func bytes(of address: String) -> [UInt8]? {
    var version4 = in_addr()
    if inet_pton(AF_INET, address, &version4) == 1 {
      return mappedPrefix + withUnsafeBytes(of: version4) { Array($0) }
    }
    var version6 = in6_addr()
    guard inet_pton(AF_INET6, address, &version6) == 1 else { return nil }
    return withUnsafeBytes(of: version6) { Array($0) }
  }
}
