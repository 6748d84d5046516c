import Glibc

/// The host and the port of a request: the Host field, and the authority of a target in absolute form.
enum Authority {
  /// The longest text of an IPv6 address, with its NUL.
  private static let addressBytes = 46
  private static let ports = 0...65_535

  /// Whether the bytes are `uri-host [":" port]` with a host that is not empty (RFC 9110, section 4.2; RFC 3986, section
  /// 3.2). User information is refused (RFC 9110, section 4.2.4), because it can disguise the host.
  static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let end = endOfHost(bytes), end > 0 else { return false }
    return end == bytes.count || isPort(bytes.part((end + 1)..<bytes.count), after: bytes[end])
  }

  /// Where the host ends; nil for a malformed one.
  private static func endOfHost(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    if bytes.first == UInt8(ascii: "[") {
      guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
      return isLiteral(bytes.part(1..<end)) ? end + 1 : nil
    }
    var index = 0
    while index < bytes.count, bytes[index] != UInt8(ascii: ":") {
      if bytes[index] == UInt8(ascii: "%") {
        guard index + 2 < bytes.count, CharacterClass.hexValue(bytes[index + 1]) != nil,
          CharacterClass.hexValue(bytes[index + 2]) != nil
        else { return nil }
        index += 3
      } else {
        guard isNameByte(bytes[index]) else { return nil }
        index &+= 1
      }
    }
    return index
  }

  /// `unreserved` or `sub-delims`.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: ","),
      UInt8(ascii: ";"), UInt8(ascii: "="):
      true
    default: false
    }
  }

  /// An IPv6 address. The grammar's addresses of the future do not exist.
  private static func isLiteral(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    guard bytes.count < addressBytes, !bytes.contains(0) else { return false }
    let text = bytes.map { CChar(bitPattern: $0) } + [0]
    var address = in6_addr()
    return inet_pton(AF_INET6, text, &address) == 1
  }

  /// A port, which may be empty (RFC 3986, section 3.2.3).
  private static func isPort(_ bytes: UnsafeBufferPointer<UInt8>, after separator: UInt8) -> Bool {
    guard separator == UInt8(ascii: ":") else { return false }
    var port = 0
    for byte in bytes {
      guard CharacterClass.isDigit(byte) else { return false }
      port = port * 10 + Int(byte &- 0x30)
      guard ports.contains(port) else { return false }
    }
    return true
  }
}
