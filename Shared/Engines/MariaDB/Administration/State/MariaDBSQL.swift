import DataAccess
import Encoding
import MariaDBDriver

/// Spells statements about rights. Names are in backquotes, which every SQL mode reads in the same way.
enum MariaDBSQL {
  static func identifier(_ name: String) -> String { Dialect.mariaDB.quoted(name) }

  /// Only for sessions of the driver, in which a backslash stands for itself.
  static func literal(_ text: String) -> String { Dialect.mariaDB.literal(text) }

  /// A text as a literal in ASCII, for a statement that a person reads and pastes.
  static func shownLiteral(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return literal(text) }
    return "_utf8mb4 x'\(Hex.encode(Array(text.utf8)))'"
  }

  /// A database's name as the pattern that `GRANT ... ON pattern.*` takes: `_` and `%` would match other databases.
  static func pattern(of database: String) -> String {
    database.unicodeScalars.reduce(into: "") { pattern, scalar in
      if scalar == "_" || scalar == "%" || scalar == "\\" { pattern += "\\" }
      pattern.unicodeScalars.append(scalar)
    }
  }

  private static let (anyBytes, anyByte, escape) = (UInt8(ascii: "%"), UInt8(ascii: "_"), UInt8(ascii: "\\"))

  /// Whether the pattern of a grant covers a database. The server compares bytes. Only the last `%` is tried again, so the
  /// time is that of the two lengths.
  static func pattern(_ pattern: String, covers database: String) -> Bool {
    let (pattern, name) = (Array(pattern.utf8), Array(database.utf8))
    var (place, position) = (0, 0)
    var lastAny: (place: Int, position: Int)?
    while position < name.count {
      if place < pattern.count, pattern[place] == anyBytes {
        place += 1
        lastAny = (place, position)
      } else if let width = width(of: pattern[place...], matching: name[position]) {
        place += width
        position += 1
      } else if let last = lastAny {
        lastAny = (last.place, last.position + 1)
        (place, position) = (last.place, last.position + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == anyBytes }
  }

  /// How much of the pattern stands for the byte; nil where it begins with another one.
  private static func width(of pattern: ArraySlice<UInt8>, matching byte: UInt8) -> Int? {
    guard let first = pattern.first else { return nil }
    if first == anyByte { return 1 }
    if first == escape, let escaped = pattern.dropFirst().first { return escaped == byte ? 2 : nil }
    return first == byte ? 1 : nil
  }
}
