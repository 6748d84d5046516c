import Routing

/// The rules for a webhook's URL: http or https, with a host, without credentials.
///
/// They check the text only. A host name resolves to an address only at delivery; the sender must refuse addresses of
/// the fleet's own network then.
enum WebhookURL {
  static let maximumBytes = 2048
  private static let ports = 1...65_535

  static func checked(_ value: String) throws(Problem) -> String {
    let scheme = value.prefix { $0 != ":" }.lowercased()
    let rest = value.dropFirst(scheme.count)
    guard ["http", "https"].contains(scheme), rest.hasPrefix("://") else {
      throw .unprocessable("url must begin with https:// or http://", field: "url")
    }
    let authority = rest.dropFirst(3).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard value.utf8.count <= maximumBytes, value.utf8.allSatisfy(isPlain), isAuthority(authority) else {
      throw .unprocessable(
        "url must have a host, no credentials, and at most \(maximumBytes) bytes", field: "url")
    }
    return value
  }

  /// Visible ASCII without the backslash, which some parsers read as a slash.
  private static func isPlain(_ byte: UInt8) -> Bool {
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\\")
  }

  private static func isAuthority(_ text: Substring) -> Bool {
    let isLiteral = text.first == "["
    guard let end = isLiteral ? text.firstIndex(of: "]") : text.firstIndex(of: ":") ?? text.endIndex else {
      return false
    }
    let host = isLiteral ? text[..<end].dropFirst() : text[..<end]
    let port = isLiteral ? text[end...].dropFirst() : text[end...]
    return !host.isEmpty && host.utf8.allSatisfy(isLiteral ? isAddressByte : isNameByte) && isPort(port)
  }

  /// Empty, or a colon with a number.
  private static func isPort(_ text: Substring) -> Bool {
    guard !text.isEmpty else { return true }
    guard text.first == ":", let number = UInt16(text.dropFirst()) else { return false }
    return ports.contains(Int(number)) && text.dropFirst().first != "+"
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  private static func isAddressByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "."):
      true
    default: false
    }
  }
}
