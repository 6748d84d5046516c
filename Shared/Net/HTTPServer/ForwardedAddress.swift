import Encoding
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
  /// Empty elements of the list count for nothing (RFC 9110, section 5.6.1.2). A text that is no address ends the search
  /// with the last address before it. Nil where the text is the nearest element: the proxy names no client.
  func client(of headers: borrowing Headers, behind proxy: String) -> String? {
    var client: String?
    for value in headers.values(of: "X-Forwarded-For").reversed() {
      for part in value.utf8.split(separator: UInt8(ascii: ",")).reversed() {
        let element = Self.trimmed(part)
        if element.isEmpty { continue }
        guard let address = Self.address(element) else { return client }
        client = address
        guard contains(address) else { return client }
      }
    }
    return client ?? proxy
  }

  private typealias Bytes = Substring.UTF8View

  private static func trimmed(_ part: Bytes) -> Bytes {
    let start = part.drop(while: \.isBlank)
    return start.lastIndex { !$0.isBlank }.map { start[...$0] } ?? start[..<start.startIndex]
  }

  /// The address of an element: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
  private static func address(_ element: Bytes) -> String? {
    let colon = UInt8(ascii: ":")
    guard element.first == UInt8(ascii: "[") else {
      guard element.count(where: { $0 == colon }) == 1, let place = element.firstIndex(of: colon) else {
        return address(element, beforePort: element[element.endIndex...])
      }
      return address(element[..<place], beforePort: element[place...])
    }
    guard let end = element.firstIndex(of: UInt8(ascii: "]")) else { return nil }
    let inside = element[..<end].dropFirst()
    return inside.contains(colon) ? address(inside, beforePort: element[end...].dropFirst()) : nil
  }

  private static func address(_ text: Bytes, beforePort port: Bytes) -> String? {
    guard port.isEmpty || isPort(port) else { return nil }
    let address = String(Substring(text))
    return AddressRange.bytes(of: address) == nil ? nil : address
  }

  /// Whether the text is a colon and a port in one to five digits.
  private static func isPort(_ text: Bytes) -> Bool {
    let digits = text.dropFirst()
    return text.first == UInt8(ascii: ":") && (1...5).contains(digits.count)
      && digits.allSatisfy { (0x30...0x39).contains($0) } && UInt16(Substring(digits)) != nil
  }
}
