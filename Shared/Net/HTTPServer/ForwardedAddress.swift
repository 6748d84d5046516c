import HTTP
import Transport

/// The proxies whose `X-Forwarded-For` is trusted. Any client can send the field, so that of another peer says nothing.
package struct TrustedProxies: Sendable, Hashable {
  private let ranges: [AddressRange]

  /// Trusts the peers in these ranges.
  package init(_ ranges: [AddressRange] = []) { self.ranges = ranges }

  /// Whether a peer is a trusted proxy.
  package func contains(_ address: String?) -> Bool {
    guard !ranges.isEmpty, let address else { return false }
    return ranges.contains { $0.contains(address) }
  }

  /// The address of the client behind a trusted proxy: the rightmost one that is no trusted proxy. Each proxy appends the
  /// peer that it saw, so what stands left of that comes from the client and may be invented.
  ///
  /// A text that is no address ends the search with the last address before it.
  func client(of headers: borrowing Headers, behind proxy: String) -> String {
    var client = proxy
    for value in headers.values(of: "X-Forwarded-For").reversed() {
      for element in value.split(separator: ",", omittingEmptySubsequences: false).reversed() {
        guard let address = Self.address(element) else { return client }
        client = address
        guard contains(address) else { return client }
      }
    }
    return client
  }

  /// The address of an element: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
  private static func address(_ element: some StringProtocol) -> String? {
    var text = element.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    if text.first == "[" {
      text = text.dropFirst().prefix { $0 != "]" }
    } else if text.count(where: { $0 == ":" }) == 1 {
      text = text.prefix { $0 != ":" }
    }
    let address = String(text)
    return AddressRange.bytes(of: address) == nil ? nil : address
  }
}
