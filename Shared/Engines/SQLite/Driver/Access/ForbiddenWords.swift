/// Words that must not occur in a statement of a restricted account, because SQLite's authorizer does not see what
/// they do.
///
/// SQLite joins the columns named by `USING` and `NATURAL` without asking the authorizer about them (seen on 3.40.1).
/// So `SELECT password FROM (SELECT NULL AS password) FULL JOIN users USING (password)` reads every row of a table
/// on which the account has no right at all. `ON` does the same work and is asked about.
///
/// The text is searched without taking it apart: a word inside a literal or a comment is refused too, since a reader
/// of SQL that differed from SQLite's by one quotation mark would be a way around it. Values are bound, so a statement
/// of ours has no reason to hold these words.
enum ForbiddenWords {
  static let words = ["natural", "using"]

  /// The first such word in a statement.
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

  /// Letters, `_` and `$`. Digits and bytes beyond ASCII may stand in a name too, but a keyword may also follow them
  /// without a space: behind a numbered parameter, and behind a byte order mark, which SQLite takes for a space.
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
