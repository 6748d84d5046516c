/// Words that a restricted account's statement must not contain, because SQLite's authorizer does not cover their
/// effect.
///
/// SQLite joins the columns named by `USING` and `NATURAL` without a call of the authorizer (seen on 3.40.1). So
/// `SELECT password FROM (SELECT NULL AS password) FULL JOIN users USING (password)` reads every row of a table on
/// which the account has no right at all. `ON` has the same effect and does call the authorizer.
///
/// The search does not parse the text, so it also rejects such a word inside a literal or a comment. A parser that
/// differed from SQLite's by one quotation mark would open a way around it. Services bind their values, so their
/// statements need none of these words.
enum ForbiddenWords {
  static let words = ["natural", "using"]

  /// Returns the first such word in a statement.
  static func first(in sql: String) -> String? {
    var word: [UInt8] = []
    for byte in sql.utf8 {
      if isWordByte(byte) {
        word.append(lowercased(byte))
        continue
      }
      if let found = match(word) { return found }
      word.removeAll(keepingCapacity: true)
    }
    return match(word)
  }

  private static func match(_ word: [UInt8]) -> String? {
    words.first { $0.utf8.elementsEqual(word) }
  }

  /// Letters, `_` and `$`. Digits and bytes beyond ASCII may be part of a name, but a keyword may also follow them
  /// without a space. It may follow a numbered parameter, or a byte order mark, which SQLite treats as a space.
  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x41...0x5a, 0x61...0x7a, 0x5f, 0x24: true
    default: false
    }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
  }
}
