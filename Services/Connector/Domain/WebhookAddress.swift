import Transport

/// An IP address, and whether a webhook may go there: it must be one of the public internet.
///
/// The ranges are those of IANA's registries of special-purpose addresses (RFC 6890) that are not global. They include
/// 169.254.169.254, at which clouds hand out credentials.
struct WebhookAddress: Sendable, Hashable {
  /// 16 bytes; an IPv4 address in its mapped form.
  private let bytes: [UInt8]
  private let text: String
  let isVersion6: Bool

  /// Reads an address in its usual form; nil for any other text.
  init?(_ text: String) {
    guard let bytes = AddressRange.bytes(of: text) else { return nil }
    self.bytes = bytes
    self.text = text
    isVersion6 = text.contains(":")
  }

  /// Whether the address is one of the public internet.
  var isPublic: Bool {
    if let inner = embedded { return Self.isPublic4(inner) }
    guard Self.global.contains(where: { $0.contains(text) }) else { return false }
    return !Self.special6.contains { $0.contains(text) }
  }

  /// The IPv4 address that it stands for.
  private var embedded: String? {
    AddressRange.version4(in: bytes)?.map(String.init).joined(separator: ".")
  }

  private static func isPublic4(_ text: String) -> Bool {
    !special4.contains { $0.contains(text) }
  }

  private static let special4 = ranges([
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24",
    "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    // Not in the registries: the address at which Azure's machines reach their host.
    "168.63.129.16/32",
  ])

  /// The only range that is assigned for global unicast.
  private static let global = ranges(["2000::/3"])

  /// Parts of it: protocols (Teredo and others carry an IPv4 address of their own), 6to4, documentation.
  private static let special6 = ranges(["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"])

  private static func ranges(_ texts: [String]) -> [AddressRange] {
    texts.map { text in
      guard let range = AddressRange(text) else { preconditionFailure("\(text) is no range of addresses") }
      return range
    }
  }
}
