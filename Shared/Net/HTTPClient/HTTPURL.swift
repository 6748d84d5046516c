/// An `http` or `https` URL, split into the parts that a client needs (RFC 3986, section 3).
struct HTTPURL: Sendable, Hashable {
  let isSecure: Bool
  let host: String
  let port: UInt16
  /// Path and query as they are sent; at least a slash.
  let target: String
  /// The value of the Host field.
  let authority: String

  private static let defaultPort: UInt16 = 80
  private static let defaultSecurePort: UInt16 = 443

  init(_ text: String) throws(HTTPClientError) {
    let scheme = text.prefix { $0 != ":" }
    let hierarchy = text.dropFirst(scheme.count + 1)
    guard hierarchy.hasPrefix("//") else { throw .invalidURL }
    switch scheme.lowercased() {
    case "http": isSecure = false
    case "https": isSecure = true
    default: throw .unsupportedScheme(String(scheme))
    }
    let rest = hierarchy.dropFirst(2).prefix { $0 != "#" }
    guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw .invalidURL }
    let authority = rest.prefix { $0 != "/" && $0 != "?" }
    guard !authority.contains("@") else { throw .invalidURL }
    let target = rest.dropFirst(authority.count)
    self.authority = String(authority)
    self.target = target.hasPrefix("/") ? String(target) : "/\(target)"
    let standard = isSecure ? Self.defaultSecurePort : Self.defaultPort
    (host, port) = try Self.hostAndPort(authority, defaultPort: standard)
  }

  private static func hostAndPort(
    _ authority: Substring, defaultPort: UInt16
  ) throws(HTTPClientError) -> (String, UInt16) {
    let host: Substring
    var rest: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { throw .invalidURL }
      host = authority[authority.index(after: authority.startIndex)..<end]
      rest = authority[authority.index(after: end)...]
    } else {
      host = authority.prefix { $0 != ":" }
      rest = authority.dropFirst(host.count)
    }
    guard !host.isEmpty else { throw .invalidURL }
    guard rest.popFirst() != nil else { return (String(host), defaultPort) }
    guard authority.dropLast(rest.count).last == ":", let port = UInt16(rest), port > 0 else {
      throw .invalidURL
    }
    return (String(host), port)
  }
}
