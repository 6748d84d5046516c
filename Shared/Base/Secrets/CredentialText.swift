/// The content of a password file: the password, and during a rotation a second one beside it.
///
/// The first line is the password that an account uses. The tool adds a second line while it rotates the password:
/// `next MOMENT PASSWORD` before the engine has the new one, `former MOMENT PASSWORD` after that. So one file brings a
/// program both passwords, however late it arrives. Any other text is one password as a whole.
package struct CredentialText: Sendable, Hashable {
  /// The password beside the present one.
  package enum Other: Sendable, Hashable {
    /// The engine gets it next. The moment is the time of the first line with it, in seconds since 1970.
    case next(Secret, since: Int64)
    /// It was in use before. The moment is the engine's own mark of the change.
    case former(Secret, since: Int64)
  }

  /// The password of the first line.
  package let current: Secret
  /// The second password; nil while the password does not rotate.
  package let other: Other?

  /// Makes a content.
  package init(_ current: Secret, _ other: Other? = nil) {
    self.current = current
    self.other = other
  }

  /// Parses a file's text without its trailing newline.
  package init(parsing text: String) {
    let lines = text.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
    guard lines.count == 2, let other = Other(parsing: lines[1]) else {
      self.init(Secret(text))
      return
    }
    self.init(Secret(String(lines[0])), other)
  }

  /// The passwords that may be tried, in this order.
  package var passwords: [Secret] { [current] + (other.map { [$0.password] } ?? []) }

  /// The text of the file, without a trailing newline.
  package var text: String { current.reveal() + (other.map { "\n" + $0.line } ?? "") }
}

extension CredentialText.Other {
  fileprivate init?(parsing line: Substring) {
    let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard words.count == 3, let moment = Int64(words[1]), !words[2].isEmpty, !words[2].contains("\n") else {
      return nil
    }
    let password = Secret(String(words[2]))
    switch words[0] {
    case "next": self = .next(password, since: moment)
    case "former": self = .former(password, since: moment)
    default: return nil
    }
  }

  /// The password itself.
  package var password: Secret {
    switch self {
    case .next(let password, _), .former(let password, _): password
    }
  }

  fileprivate var line: String {
    switch self {
    case .next(let password, let moment): "next \(moment) \(password.reveal())"
    case .former(let password, let moment): "former \(moment) \(password.reveal())"
    }
  }
}
