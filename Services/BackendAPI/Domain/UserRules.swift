import Cryptography
import Encoding
import Routing
import Schema

/// The rules for email addresses, passwords and roles.
enum UserRules {
  /// In bytes of UTF-8.
  static let maximumEmailBytes = 255
  /// In characters, as a reader counts them.
  static let minimumPasswordCharacters = 8
  /// In bytes of UTF-8; the limit bounds the work that a request can cause.
  static let maximumPasswordBytes = PasswordHash.maximumPasswordBytes
  static let roles = Role.allCases.map(\.rawValue)

  /// The address in the stored form: lower case, with one spelling.
  ///
  /// Two texts that look the same must not be two accounts. The rule therefore refuses invisible characters, and
  /// characters with another spelling in Unicode (see ``hasOneSpelling(_:)``).
  static func email(_ text: String) throws(Problem) -> String {
    // The lower-case form may be longer than the input, so the limit applies to the stored form.
    let address = text.utf8.count <= maximumEmailBytes ? text.lowercased() : ""
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, isDomain(parts[1]), address.utf8.count <= maximumEmailBytes,
      address.unicodeScalars.allSatisfy({ isVisible($0) && hasOneSpelling($0) })
    else {
      throw .unprocessable(
        "email must be an address of at most \(maximumEmailBytes) bytes", field: "email")
    }
    return address
  }

  /// Accepts any text that can be hashed, without changing it, unless a guesser would try it first.
  /// - Parameter email: The user's address in the stored form.
  static func checkPassword(_ password: String, email: String) throws(Problem) {
    let bytes = password.utf8
    guard bytes.count <= maximumPasswordBytes, password.count >= minimumPasswordCharacters, !bytes.contains(0)
    else {
      throw .unprocessable(
        "password must have at least \(minimumPasswordCharacters) characters, at most \(maximumPasswordBytes) bytes,"
          + " and no zero byte", field: "password")
    }
    let lowered = password.lowercased()
    guard !lowered.isSame(as: email), !lowered.isSame(as: String(email.prefix { $0 != "@" })) else {
      throw .unprocessable("password must be neither your email nor its name", field: "password")
    }
    guard !GuessedPasswords.contain(password) else {
      throw .unprocessable(
        "password is one of those that are tried first: choose another one", field: "password")
    }
  }

  /// The password, as ``checkPassword(_:email:)`` accepts it.
  static func password(_ text: String, email: String?) throws(Problem) -> String {
    try checkPassword(text, email: email ?? "")
    return text
  }

  static func role(_ text: String) throws(Problem) -> String {
    guard let role = Role(bytesOf: text) else {
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

  /// Whether the composed form of Unicode (UAX 15, NFC) keeps the scalar after every other scalar.
  ///
  /// Combining marks and the medial and final letters of Hangul may merge with the letter before them; the rule refuses
  /// them. Composed letters pass.
  private static func hasOneSpelling(_ scalar: Unicode.Scalar) -> Bool {
    if (0x1160...0x11FF).contains(scalar.value) { return false }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return false
    case _: return !scalar.properties.isFullCompositionExclusion
    }
  }
}
