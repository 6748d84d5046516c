import DataAccess
import MariaDBDriver

/// Spells statements about rights. Names are in backquotes, which every SQL mode reads in the same way.
enum MariaDBSQL {
  static func identifier(_ name: String) -> String { Dialect.mariaDB.quoted(name) }

  /// Only for sessions of the driver, in which a backslash stands for itself.
  static func literal(_ text: String) -> String { Dialect.mariaDB.literal(text) }

  /// A database's name as the pattern that `GRANT ... ON pattern.*` takes: `_` and `%` would match other databases.
  static func pattern(of database: String) -> String {
    database.reduce(into: "") { pattern, character in
      if character == "_" || character == "%" || character == "\\" { pattern.append("\\") }
      pattern.append(character)
    }
  }

  /// Whether the pattern of a grant covers a database. The server compares as LIKE does.
  static func pattern(_ pattern: String, covers database: String) -> Bool {
    covers(Array(pattern), Array(database))
  }

  private static func covers(_ pattern: [Character], _ name: [Character]) -> Bool {
    guard let first = pattern.first else { return name.isEmpty }
    let rest = Array(pattern.dropFirst())
    if first == "%" { return (0...name.count).contains { covers(rest, Array(name.dropFirst($0))) } }
    guard let letter = name.first else { return false }
    if first == "_" { return covers(rest, Array(name.dropFirst())) }
    let isEscaped = first == "\\" && !rest.isEmpty
    guard (isEscaped ? rest[0] : first) == letter else { return false }
    return covers(isEscaped ? Array(rest.dropFirst()) : rest, Array(name.dropFirst()))
  }
}
