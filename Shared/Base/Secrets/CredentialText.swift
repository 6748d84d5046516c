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

  /// The most bytes of a password, unless a reader has a lower limit.
  package static let maximumBytes = 64 * 1024

  /// Parses the text of a whole password file. The tool and the services read passwords by this alone, so that no file
  /// gives them different ones. The last line end, `LF` or `CR LF`, is not part of the text.
  ///
  /// - Throws: where the text is no password, for example because an editor has added characters that no login shows.
  package init(ofFile text: String, atMost limit: Int = maximumBytes) throws(CredentialTextError) {
    var scalars = Substring(text).unicodeScalars
    if scalars.last == "\n" {
      scalars.removeLast()
      if scalars.last == "\r" { scalars.removeLast() }
    }
    self.init(parsing: String(Substring(scalars)))
    for password in passwords { try Self.check(password.reveal(), atMost: limit) }
  }

  /// Checks that a text can be a password: one line, without control characters.
  package static func check(_ password: String, atMost limit: Int = maximumBytes) throws(CredentialTextError)
  {
    guard !password.isEmpty else { throw .empty }
    guard password.utf8.count <= limit else { throw .tooLong(limit: limit) }
    for scalar in password.unicodeScalars {
      switch (scalar, scalar.properties.generalCategory) {
      case ("\n", _): throw .severalLines
      case ("\r", _): throw .carriageReturn
      case ("\u{FEFF}", _): throw .byteOrderMark
      case (_, .control), (_, .lineSeparator), (_, .paragraphSeparator):
        throw .controlCharacter(scalar.value)
      default: continue
      }
    }
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

/// Why a text is no password.
package enum CredentialTextError: Error, Sendable, Hashable {
  /// It has no character.
  case empty
  /// It has more bytes than a password has.
  case tooLong(limit: Int)
  /// It has a line end, and what follows is not the line of a rotation.
  case severalLines
  /// It has a carriage return before its end.
  case carriageReturn
  /// It has the byte order mark that some editors write.
  case byteOrderMark
  /// It has a character that no terminal shows.
  case controlCharacter(UInt32)
}

extension CredentialTextError: CustomStringConvertible {
  /// The reason alone, without the text.
  package var description: String {
    switch self {
    case .empty: "it is empty"
    case .tooLong(let limit): "it has more than \(limit) bytes"
    case .severalLines: "it has more than one line"
    case .carriageReturn:
      "it has a carriage return (U+000D), as a file from Windows may; its line ends must be LF"
    case .byteOrderMark: "it has a byte order mark (U+FEFF), which some editors write"
    case .controlCharacter(let value):
      "it has the control character U+" + String(repeating: "0", count: max(0, 4 - Self.hex(value).count))
        + Self.hex(value)
    }
  }

  private static func hex(_ value: UInt32) -> String { String(value, radix: 16, uppercase: true) }
}
