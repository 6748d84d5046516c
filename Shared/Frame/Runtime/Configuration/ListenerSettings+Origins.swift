import Transport

extension ListenerSettings {
  private static let originsVariable = "HTTP_CORS_ORIGINS"
  private static let schemes = [("https://", 443), ("http://", 80)]

  /// Reads `HTTP_CORS_ORIGINS`, and reports what no browser would send: it could never match.
  mutating func readOrigins(_ environment: inout EnvironmentReader) {
    guard let value = environment.optionalText(Self.originsVariable) else { return }
    crossOrigins = value.split(separator: ",").map { $0.filter { $0 != " " } }
    if crossOrigins.isEmpty {
      environment.report(Self.originsVariable, "has no origin: leave it unset to permit none")
    }
    for origin in crossOrigins where !Self.isOrigin(origin) {
      environment.report(
        Self.originsVariable,
        "\"\(origin)\" is no origin such as https://app.example.org or http://localhost:3000: scheme and host in lower case, "
          + "no path, no usual port, no pattern")
    }
  }

  /// Whether a browser sends this text as `Origin` (RFC 6454, section 6.2).
  static func isOrigin(_ text: String) -> Bool {
    guard let (scheme, usualPort) = schemes.first(where: { text.hasPrefix($0.0) }) else { return false }
    let authority = text.dropFirst(scheme.count)
    let host =
      authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    guard isHost(host), authority.hasPrefix(host) else { return false }
    let rest = authority.dropFirst(host.count)
    guard !rest.isEmpty else { return true }
    guard rest.first == ":", let port = Int(rest.dropFirst()), String(port) == rest.dropFirst() else {
      return false
    }
    return (1...65_535).contains(port) && port != usualPort
  }

  private static func isHost(_ host: some StringProtocol) -> Bool {
    if host.hasPrefix("[") {
      return host.contains(":") && AddressRange.bytes(of: String(host.dropFirst().dropLast())) != nil
    }
    let isPlain = host.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x2E
    }
    return isPlain && !host.isEmpty
  }
}
