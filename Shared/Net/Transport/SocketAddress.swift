import Glibc

/// A host and a port: `127.0.0.1:8081`, `[::1]:8081` or `db.internal:5432`.
///
/// It is a plain value. A name stays a name until ``SocketAddress/resolved()`` looks its addresses up.
package struct SocketAddress: Sendable, Hashable {
  /// An IPv4 or IPv6 address without brackets, or a host name.
  package let host: String
  /// The port. For a listener, 0 selects a free port.
  package let port: UInt16

  /// Makes an address without a check of host and port.
  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// The loopback address of IPv4.
  package static func loopback(port: UInt16) -> SocketAddress { SocketAddress(host: "127.0.0.1", port: port) }

  /// Reads `host:port`, with an IPv6 address in brackets; throws ``SocketError/Reason/malformedAddress`` otherwise.
  package init(parsing text: String) throws(SocketError) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      throw SocketError(.resolve, reason: .malformedAddress)
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw SocketError(.resolve, reason: .malformedAddress)
    }
    guard !host.isEmpty else { throw SocketError(.resolve, reason: .malformedAddress) }
    self.init(host: String(host), port: port)
  }

  /// Whether the host is an address already, so that no name has to be looked up.
  package var isNumeric: Bool { storage != nil }
}

extension SocketAddress: CustomStringConvertible {
  /// `host:port`, an IPv6 address in brackets.
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
