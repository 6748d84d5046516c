/// A host and a port, as they stand in a host list.
public struct HostPort: Sendable, Hashable, CustomStringConvertible {
  /// A name or an address; an IPv6 address without its brackets.
  public let host: String
  /// 1 to 65535.
  public let port: Int

  /// Takes both as they are.
  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `host`, `host:port`, `[::1]` or `[::1]:port`; nil where it is none of them.
  public init?(_ text: some StringProtocol, defaultPort: Int) {
    guard let (host, portText) = Self.split(text), !host.isEmpty else { return nil }
    guard let portText else {
      self.init(host: host, port: defaultPort)
      return
    }
    guard let port = Int(portText), Self.ports.contains(port) else { return nil }
    self.init(host: host, port: port)
  }

  /// Whether a connection to it never leaves this machine.
  public var isLoopback: Bool {
    host == "localhost" || host == "::1" || host.hasPrefix("127.")
  }

  /// `host:port`, with brackets around an IPv6 address.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// The ports that can be connected to.
  public static let ports = 1...65535

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

extension EnvironmentReader {
  /// A comma-separated list of hosts, tried in order; hosts without a port get the default.
  mutating func hosts(_ name: String, default fallback: String, defaultPort: Int) -> [HostPort] {
    let parts = text(name, default: fallback).split(separator: ",", omittingEmptySubsequences: false)
    let hosts = parts.compactMap { HostPort($0, defaultPort: defaultPort) }
    if hosts.count == parts.count { return hosts }
    report(name, "must be a host, or a list host:port,host:port")
    return [HostPort(host: fallback, port: defaultPort)]
  }
}
