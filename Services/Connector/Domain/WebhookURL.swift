import Routing

/// The parts of a webhook's URL that decide where a request goes.
///
/// It accepts a part of what the WHATWG URL parser accepts, and reads that part in the same way: a text that two parsers
/// could read differently is refused. That concerns credentials, backslashes, percent signs in the host, empty labels, and
/// numbers that are no address in its usual form (`2130706433`, `0x7f.1`, `0177.0.0.1`, `127.1`).
struct WebhookURL: Sendable, Hashable {
  static let maximumBytes = 2048
  private static let maximumHostBytes = 253
  private static let maximumLabelBytes = 63
  private static let lowPorts: Set<UInt16> = [80, 443]
  private static let highPorts: ClosedRange<UInt16> = 1024...65_535
  /// The ports above 1023 to which browsers send nothing, because servers of other protocols listen there (Fetch
  /// Standard, "bad port").
  private static let badPorts: Set<UInt16> = [
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
    6697,
    10_080,
  ]

  /// As the user wrote it.
  let text: String
  /// A name in lower case or an address, without brackets.
  let host: String
  let port: UInt16
  /// Whether the host is an address.
  let isNumeric: Bool

  /// Reads a URL; throws a 422 that says what is wrong.
  init(_ text: String) throws(Problem) {
    guard text.utf8.count <= Self.maximumBytes, text.utf8.allSatisfy(Self.isPlain) else {
      throw Self.refusal("must have at most \(Self.maximumBytes) bytes of visible ASCII, without a backslash")
    }
    let scheme = text.prefix { $0 != ":" }.lowercased()
    let rest = text.dropFirst(scheme.count)
    guard ["http", "https"].contains(scheme), rest.hasPrefix("://") else {
      throw Self.refusal("must begin with https:// or http://")
    }
    let authority = rest.dropFirst(3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.contains("@"), !authority.contains("%") else {
      throw Self.refusal("must have no credentials, and no percent sign in the host")
    }
    let (host, port) = try Self.split(authority)
    self.text = text
    self.host = host.lowercased()
    isNumeric = try Self.isAddress(self.host, inBrackets: authority.hasPrefix("["))
    self.port = try Self.port(port, default: scheme == "https" ? 443 : 80)
  }

  static func refusal(_ rule: String) -> Problem { .unprocessable("url \(rule)", field: "url") }

  /// Visible ASCII without the backslash, which some parsers read as a slash.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\")
  }

  /// The host without brackets, and the text behind its colon.
  private static func split(_ authority: Substring) throws(Problem) -> (Substring, Substring?) {
    let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : authority.firstIndex(of: ":")
    guard authority.hasPrefix("[") else {
      guard let end else { return (authority, nil) }
      return (authority[..<end], authority[end...].dropFirst())
    }
    guard let end else { throw refusal("has an address without its closing bracket") }
    let rest = authority[end...].dropFirst()
    guard rest.isEmpty || rest.hasPrefix(":") else { throw refusal("has no port behind its address") }
    return (authority[..<end].dropFirst(), rest.isEmpty ? nil : rest.dropFirst())
  }

  private static func port(_ text: Substring?, default standard: UInt16) throws(Problem) -> UInt16 {
    guard let text else { return standard }
    guard let number = UInt16(text), text.utf8.allSatisfy(isDigit),
      lowPorts.contains(number) || highPorts.contains(number) && !badPorts.contains(number)
    else {
      throw refusal("has a port to which no webhook may go: use 443, 80, or one from 1024 on")
    }
    return number
  }

  /// Whether the host is an address; throws for a text that is neither an address nor a name.
  private static func isAddress(_ host: String, inBrackets: Bool) throws(Problem) -> Bool {
    if inBrackets {
      guard WebhookAddress(host)?.isVersion6 == true else {
        throw refusal("has no IPv6 address in its brackets")
      }
      return true
    }
    let labels = host.split(separator: ".", omittingEmptySubsequences: false)
    guard host.utf8.count <= maximumHostBytes, labels.allSatisfy(isLabel) else {
      throw refusal(
        "must have a host of labels with letters, digits, - and _ (a name of another script as xn--)")
    }
    // The WHATWG parser takes a host for a number where its last label is one.
    guard let last = labels.last, isNumber(last) else { return false }
    guard let address = WebhookAddress(host), !address.isVersion6 else {
      throw refusal("must write an IPv4 address as four decimal numbers")
    }
    return true
  }

  private static func isLabel(_ label: Substring) -> Bool {
    (1...maximumLabelBytes).contains(label.utf8.count)
      && label.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
          UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// Digits, or `0x` with hexadecimal digits or nothing.
  private static func isNumber(_ label: Substring) -> Bool {
    if label.utf8.allSatisfy(isDigit) { return true }
    return label.hasPrefix("0x") && label.dropFirst(2).allSatisfy(\.isHexDigit)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
