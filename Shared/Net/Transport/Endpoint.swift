/// A host and a port, as a host list contains them.
package struct Endpoint: Sendable, Hashable, CustomStringConvertible {
  /// A name or an address; an IPv6 address without its brackets.
  package let host: String
  /// 1 to 65535.
  package let port: Int

  /// Makes an endpoint without a check of host and port.
  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `host`, `host:port`, `[::1]` or `[::1]:port`; nil for any other text.
  package init?(_ text: some StringProtocol, defaultPort: Int) {
    guard let (host, portText) = Self.split(text), !host.isEmpty else { return nil }
    guard let portText else {
      self.init(host: host, port: defaultPort)
      return
    }
    guard let port = Int(portText), Self.ports.contains(port) else { return nil }
    self.init(host: host, port: port)
  }

  /// Whether a connection to it never leaves this machine.
  package var isLoopback: Bool {
    host == "localhost" || host == "::1" || isIPv4Loopback
  }

  /// A name such as `127.example.org` is no address.
  private var isIPv4Loopback: Bool {
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }

  /// `host:port`, with brackets around an IPv6 address.
  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The ports that accept connections.
  package static let ports = 1...65535

  private static func split(_ text: some StringProtocol) -> (host: String, port: String?)? {
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      let rest = text[text.index(after: end)...]
      let host = String(text[text.index(after: text.startIndex)..<end])
      if rest.isEmpty { return (host, nil) }
      return rest.hasPrefix(":") ? (host, String(rest.dropFirst())) : nil
    }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    switch parts.count {
    case 1: return (String(parts[0]), nil)
    case 2: return (String(parts[0]), String(parts[1]))
    default: return nil
    }
  }
}
