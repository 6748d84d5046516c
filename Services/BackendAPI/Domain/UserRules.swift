import Cryptography
import Routing
import Schema

/// What an email address, a password and a role must look like.
enum UserRules {
  /// In bytes of UTF-8.
  static let maximumEmailBytes = 255
  /// As a reader counts them.
  static let minimumPasswordCharacters = 8
  /// In bytes of UTF-8; the limit keeps a request from buying work with bytes.
  static let maximumPasswordBytes = PasswordHash.maximumPasswordBytes
  static let roles = Role.allCases.map(\.rawValue)

  /// The address in the form that is stored and compared: lower case, and in one spelling only.
  ///
  /// Two texts that a reader cannot tell apart must not be two accounts, so invisible characters are refused, and so
  /// is what Unicode would write in another way (see ``hasOneSpelling(_:)``).
  static func email(_ text: String) throws(Problem) -> String {
    // Lower case may be longer than what was given, so the limit is for what is stored.
    let address = text.utf8.count <= maximumEmailBytes ? text.lowercased() : ""
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, isDomain(parts[1]), address.utf8.count <= maximumEmailBytes,
      address.unicodeScalars.allSatisfy({ isVisible($0) && hasOneSpelling($0) })
    else {
      throw .unprocessable(
        "email is not an address of at most \(maximumEmailBytes) bytes", field: "email")
    }
    return address
  }

  /// Takes any text that can be hashed; it is kept as it was typed.
  static func checkPassword(_ password: String) throws(Problem) {
    let bytes = password.utf8
    guard bytes.count <= maximumPasswordBytes, password.count >= minimumPasswordCharacters, !bytes.contains(0)
    else {
      throw .unprocessable(
        "password has \(minimumPasswordCharacters) characters at least and \(maximumPasswordBytes) bytes at most,"
          + " and no zero byte", field: "password")
    }
  }

  static func role(_ text: String) throws(Problem) -> String {
    guard let role = Role(rawValue: text) else {
      throw .unprocessable("role must be one of: \(roles.joined(separator: ", "))", field: "role")
    }
    return role.rawValue
  }

  private static func isDomain(_ text: Substring) -> Bool {
    let labels = text.split(separator: ".", omittingEmptySubsequences: false)
    return labels.count >= 2 && labels.allSatisfy { !$0.isEmpty }
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate,
      .unassigned:
      false
    case _: true
    }
  }

  /// Whether the scalar stands for itself in the composed form of Unicode (UAX 15, NFC), whatever stands before it.
  ///
  /// Combining marks and the medial and final letters of Hangul may melt into the letter before them, so they are
  /// refused; who types a composed letter is not concerned.
  private static func hasOneSpelling(_ scalar: Unicode.Scalar) -> Bool {
    if (0x1160...0x11FF).contains(scalar.value) { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return false
    case _: return !scalar.properties.isFullCompositionExclusion
    }
  }
}
