import DataAccess
import Secrets
import Transport

/// `postgresql://user:pass@host:port,host:port/name?sslmode=verify-full`, or `sqlite://user@/path/to/file`.
///
/// User, password and name are percent-decoded (RFC 3986 section 2.1). The query may have `sslmode` and `sslrootcert`,
/// as in libpq; any other option is an error, because the program would ignore it. Without an account in the URL, the
/// reader takes it from `DB_USER` and `DB_PASS`.
extension DatabaseAddress {
  /// Reads the URL. Reports an error and returns nil where the URL is invalid or selects no engine.
  init?(url: String, reading environment: inout EnvironmentReader, from registry: EngineRegistry) {
    guard let parsed = Self.parsed(url, reporting: &environment, from: registry) else { return nil }
    self = parsed
    if user.isEmpty { user = environment.requiredText("DB_USER") }
    guard credential.initial.isEmpty else { return }
    credential =
      engine.location.isEmbedded
      ? environment.optionalCredential("DB_PASS") ?? .fixed(Secret(""))
      : environment.requiredCredential("DB_PASS")
  }

  /// The URL alone, without the account that it may leave to `DB_USER` and `DB_PASS`.
  static func parsed(
    _ url: String, reporting environment: inout EnvironmentReader, from registry: EngineRegistry
  ) -> DatabaseAddress? {
    do throws(URLProblem) {
      return try DatabaseAddress(url: url, from: registry)
    } catch {
      environment.report("DATABASE_URL", error.message)
      return nil
    }
  }

  private init(url: String, from registry: EngineRegistry) throws(URLProblem) {
    let parts = try URLParts(url)
    engine = try Self.engine(scheme: parts.scheme, in: registry)
    user = try decoded(parts.user)
    credential = .fixed(try Self.password(decoded(parts.password)))
    let path =
      engine.location.isEmbedded ? parts.hosts + (parts.hasPath ? "/" : "") + parts.path : parts.path
    name = try decoded(path)
    if name.isEmpty { name = SelectedDatabase.defaultName }
    hosts = []
    try readOptions(parts.query)
    guard case .server(let port) = engine.location else { return }
    let texts =
      parts.hosts.isEmpty
      ? ["localhost"] : parts.hosts.split(separator: ",", omittingEmptySubsequences: false)
    hosts = texts.compactMap { Endpoint($0, defaultPort: port) }
    if hosts.count != texts.count { throw URLProblem(message: "has an invalid host") }
  }

  private static func password(_ text: String) throws(URLProblem) -> Secret {
    do {
      if !text.isEmpty { try CredentialText.check(text) }
      return Secret(text)
    } catch {
      throw URLProblem(message: "has no usable password: \(error)")
    }
  }

  private static func engine(
    scheme: Substring, in registry: EngineRegistry
  ) throws(URLProblem) -> any DatabaseEngine {
    let engine = registry.databases.first { $0.urlSchemes.contains(String(scheme)) }
    if let engine { return engine }
    let schemes = registry.databases.compactMap { $0.urlSchemes.first.map { "\($0)://" } }
    throw URLProblem(message: "must begin with \(schemes.joined(separator: " or "))")
  }

  private mutating func readOptions(_ query: Substring) throws(URLProblem) {
    for pair in query.split(separator: "&") {
      let (key, value) = pair.cut(at: "=") ?? (pair, "")
      let text = try decoded(value)
      switch key {
      case "sslmode":
        guard let mode = TLSMode.Name(rawValue: text) else {
          throw URLProblem(message: "sslmode must be one of disable, require, verify-full")
        }
        tlsMode = mode
      case "sslrootcert": authorityFile = text
      default: throw URLProblem(message: "has an option other than sslmode and sslrootcert")
      }
    }
  }
}

/// Why a URL is invalid. The message contains no part of the URL, because an invalid URL may have a password anywhere.
private struct URLProblem: Error {
  let message: String
}

/// The parts of a URL, still percent-encoded.
private struct URLParts {
  var scheme: Substring
  var user: Substring = ""
  var password: Substring = ""
  var hosts: Substring
  var path: Substring = ""
  var hasPath = false
  var query: Substring = ""

  init(_ url: String) throws(URLProblem) {
    guard let range = url.firstRange(of: "://") else { throw URLProblem(message: "is not a URL") }
    scheme = url[..<range.lowerBound]
    var rest = url[range.upperBound...]
    if let (before, after) = rest.cut(at: "?") { (rest, query) = (before, after) }
    if let (before, after) = rest.cut(at: "/") { (rest, path, hasPath) = (before, after, true) }
    hosts = rest
    guard let at = rest.lastIndex(of: "@") else { return }
    hosts = rest[rest.index(after: at)...]
    user = rest[..<at]
    if let (before, after) = user.cut(at: ":") { (user, password) = (before, after) }
  }
}

extension Substring {
  /// The text before and after the first `separator`; nil without one.
  fileprivate func cut(at separator: Character) -> (Substring, Substring)? {
    guard let index = firstIndex(of: separator) else { return nil }
    return (self[..<index], self[self.index(after: index)...])
  }
}

private func decoded(_ text: Substring) throws(URLProblem) -> String {
  var bytes: [UInt8] = []
  var rest = text.utf8
  while let byte = rest.popFirst() {
    guard byte == UInt8(ascii: "%") else {
      bytes.append(byte)
      continue
    }
    guard rest.count >= 2,
      let value = UInt8(rest.prefix(2).map { String(UnicodeScalar($0)) }.joined(), radix: 16)
    else { throw URLProblem(message: "has a % without two hexadecimal digits after it") }
    bytes.append(value)
    rest.removeFirst(2)
  }
  guard let decoded = String(validating: bytes, as: UTF8.self) else {
    throw URLProblem(message: "is not UTF-8 after percent-decoding")
  }
  return decoded
}
