/// The name of a database in a grant, as the server stores it: a pattern, in which `_` and `%` stand for others, or with
/// MySQL's `partial_revokes` the name itself, in which they stand for themselves and a backslash does too.
/// https://dev.mysql.com/doc/refman/9.4/en/partial-revokes.html
struct MariaDBPattern: Hashable {
  @ExactText private(set) var text: String
  let isLiteral: Bool

  init(_ text: String, isLiteral: Bool = false) {
    self.text = text
    self.isLiteral = isLiteral
  }

  /// The name that stands for this database alone.
  init(of database: String, isLiteral: Bool = false) {
    self.init(isLiteral ? database : MariaDBSQL.pattern(of: database), isLiteral: isLiteral)
  }

  /// Whether a right by this name is one on the database.
  func covers(_ database: String) -> Bool {
    isLiteral ? text.isExactly(database) : MariaDBSQL.pattern(text, covers: database)
  }

  /// Whether it is the name that a grant of ours has.
  func standsAlone(for database: String) -> Bool {
    self == MariaDBPattern(of: database, isLiteral: isLiteral)
  }

  var folded: MariaDBPattern { MariaDBPattern(text.lowercased(), isLiteral: isLiteral) }
}
