/// Finds hand-written statements that hold locks for long, or that the lint cannot judge.
struct StatementCheck {
  let facts: VersionFacts
  /// The engines of this release, by their values of `DB_TYPE`.
  let engines: [String]

  private static let definitionWords: Set = [
    "CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "REINDEX", "CLUSTER", "VACUUM", "LOCK", "GRANT",
    "REVOKE",
    "COMMENT", "DO", "CALL", "PRAGMA", "ATTACH",
  ]
  private static let writingWords: Set = ["UPDATE", "DELETE", "INSERT", "REPLACE", "MERGE"]

  func hits(_ change: SchemaChange) -> [LintHit] {
    switch change {
    case .data(let statements):
      statements.flatMap { Self.statements(in: $0) }.compactMap(hit)
    case .engineSQL(let sql):
      [LintHit(.engineSQLUnchecked, "its statements")]
        + engines.filter { sql.statements[$0] == nil }.map {
          LintHit(.engineSQLIncomplete, "no statements for \($0)")
        }
    case .createTable, .dropTable, .addColumn, .dropColumn, .renameColumn, .changeType, .changeNullability,
      .changeDefault, .changeAllowedValues, .addUniqueKey, .dropUniqueKey, .addReference, .dropReference,
      .addCheck, .dropCheck, .createIndex, .dropIndex, .backfill, .allowed:
      []
    }
  }

  private func hit(_ words: [String]) -> LintHit? {
    let upper = words.map { $0.uppercased() }
    guard let first = upper.first else { return nil }
    if Self.definitionWords.contains(first) { return LintHit(.schemaChangeInData, "a statement \(first)") }
    let verb = first == "WITH" ? upper.first { Self.writingWords.contains($0) } : first
    guard let verb, Self.writingWords.contains(verb) else { return nil }
    if verb == "INSERT" || verb == "REPLACE", !upper.contains("SELECT") { return nil }
    let target = Self.target(words, upper, verb)
    if let target, facts.created.contains(target) { return nil }
    return LintHit(.backfillInTransaction, "a statement \(verb)" + (target.map { " of \($0)" } ?? ""))
  }

  /// The table behind `UPDATE`, `DELETE FROM` or `INSERT INTO`; nil where its name is quoted.
  private static func target(_ words: [String], _ upper: [String], _ verb: String) -> String? {
    guard let start = upper.firstIndex(of: verb) else { return nil }
    let next = upper.indices.dropFirst(start + 1).first { !["FROM", "INTO", "ONLY"].contains(upper[$0]) }
    return next.map { words[$0] }
  }

  /// The words of each statement, without comments and quoted texts.
  private static func statements(in sql: String) -> [[String]] {
    var scanner = SQLScanner(sql)
    var statements: [[String]] = [[]]
    while let token = scanner.next() {
      switch token {
      case .separator: statements.append([])
      case .word(let word): statements[statements.count - 1].append(word)
      case .other: break
      }
    }
    return statements
  }
}
