extension HandMadeChange {
  /// On MySQL, the changes of MariaDB in its words. It refuses a default of another precision than the column's.
  static let onMySQL = onMariaDB.filter { $0.name != "a precision changed" }.map(\.onMySQL)

  private static let words = [
    ("utf8mb4_nopad_bin", "utf8mb4_0900_bin"), (" IGNORED", " INVISIBLE"), ("Aria", "MyISAM"),
    ("bigint(20)", "bigint"),
  ]

  private var onMySQL: HandMadeChange {
    HandMadeChange(name, statements.map(Self.translated), finds: differences.map(Self.translated))
  }

  private static func translated(_ text: String) -> String {
    words.reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
