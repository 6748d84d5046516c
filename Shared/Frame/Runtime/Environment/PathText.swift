import Glibc

/// Distinguishes the path of a file from its content, which operators set in its place by mistake. Such a value may be a
/// key, so no message repeats it.
enum PathText {
  /// Linux's limit of a path (`PATH_MAX`).
  private static let maximumBytes = 4_096
  /// A key in Base64 is longer: 32 bytes have 44 characters.
  private static let leastKeyCharacters = 40

  /// What a value looks like that is no path; nil for a path.
  static func likeness(of value: String) -> String? {
    if value.contains("-----BEGIN") { return "it looks like PEM" }
    if value.hasPrefix("{"), value.contains("\"") { return "it looks like JSON" }
    if value.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      return "it has a line end or a control character"
    }
    if value.utf8.count > maximumBytes { return "it is longer than a path" }
    if isBase64(value), access(value, F_OK) != 0 { return "it looks like a key in Base64" }
    return nil
  }

  /// Base64 has letters of both cases and digits, and a path of that length hardly ever lacks a dot, a hyphen and a first
  /// slash.
  private static func isBase64(_ value: String) -> Bool {
    guard value.utf8.count >= leastKeyCharacters, !value.hasPrefix("/") else { return false }
    var (hasUpper, hasLower, hasDigit) = (false, false, false)
    for byte in value.utf8 {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): hasUpper = true
      case UInt8(ascii: "a")...UInt8(ascii: "z"): hasLower = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): hasDigit = true
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): break
      default: return false
      }
    }
    return hasUpper && hasLower && hasDigit
  }
}
