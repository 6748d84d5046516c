import Routing

/// What an email address, a password and a role must look like. Sizes are in bytes of UTF-8.
enum UserRules {
  static let maximumEmailBytes = 255
  static let minimumPasswordBytes = 8
  /// scrypt takes any length; the limit keeps a request from buying work with bytes.
  static let maximumPasswordBytes = 1024
  static let roles = ["member", "operator"]

  /// The address in the form that is stored and compared: lower case.
  static func email(_ text: String) throws(Problem) -> String {
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    let isPlausible =
      parts.count == 2 && !parts[0].isEmpty && parts[1].contains(".") && parts[1].first != "."
      && parts[1].last != "."
      && text.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    guard isPlausible, text.utf8.count <= maximumEmailBytes else {
      throw .unprocessable("email is not an address of at most \(maximumEmailBytes) bytes")
    }
    return text.lowercased()
  }

  static func checkPassword(_ password: String) throws(Problem) {
    guard (minimumPasswordBytes...maximumPasswordBytes).contains(password.utf8.count) else {
      throw .unprocessable(
        "password must have \(minimumPasswordBytes) to \(maximumPasswordBytes) bytes")
    }
  }

  static func role(_ text: String) throws(Problem) -> String {
    guard roles.contains(text) else { throw .unprocessable("role must be one of: member, operator") }
    return text
  }
}
