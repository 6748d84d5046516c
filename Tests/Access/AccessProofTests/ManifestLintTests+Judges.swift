import AccessManifest
import JSON
import TestSupport
import Testing

/// Judges from outside, on the fleet's own database: each finding is answered in docs/access.md, and nothing else is found.
extension ManifestLintTests {
  private var judge: OutsideJudge { OutsideJudge(fleet.postgres, database: ServerFleet.database) }

  /// What the judges find in the shop alone: `ShopJudgeTests`.
  static let ofShop: Set = ["PERF003"]
  /// The remarks of rlsautotest that only the shop has: its manifest leaves other roles as they are.
  static let remarksOfShop: Set = ["built-in group role(s)"]

  @Test func `pgrls finds in the fleet's database exactly what the documentation answers`() throws {
    let found = try judge.lint()
    let answered = try AnsweredFindings().of("pgrls")
    #expect(Set(found.map(\.rule)) == Set(answered).subtracting(Self.ofShop))
    #expect(found.filter { !isAnswered($0) } == [])
  }

  @Test func `pgrls finds a policy for everyone, a table without its row security and an open view`()
    async throws
  {
    try await fleet.asAdministrator(
      "CREATE POLICY open ON events USING (true)",
      "ALTER TABLE platform_integrations DISABLE ROW LEVEL SECURITY",
      "CREATE VIEW public.opened AS SELECT * FROM users")
    let found = Set(try judge.lint().filter { !isAnswered($0) }.map(\.place))
    try await fleet.asAdministrator(
      "DROP VIEW public.opened", "ALTER TABLE platform_integrations ENABLE ROW LEVEL SECURITY",
      "DROP POLICY open ON events")
    #expect(found.isSuperset(of: ["public.events.open", "public.platform_integrations"]), "\(found)")
    #expect(try await fleet.deviations() == [])
  }

  @Test func `rlsautotest's executed matrix agrees with the manifest, cell by cell`() async throws {
    let tables = try judge.matrix()
    let judged = tables.compactMap { $0["table"]?.string }
    #expect(fleet.manifest.rowScopedTables.filter { !judged.contains($0) } == [])
    var cells = 0
    for table in tables {
      let name = try #require(table["table"]?.string)
      #expect(table["rls_enabled"]?.bool == fleet.manifest.rowScopedTables.contains(name), "\(name)")
      #expect(table["leak_cells"]?.array ?? [] == [], "\(name)")
      cells += compare(rowsOf: table, named: name)
      compare(columnsOf: table, named: name)
    }
    #expect(cells > 30)
    #expect(try await fleet.deviations() == [])
    let left = try await fleet.superuser.unsafeQuery(
      unsafeSQL: "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM platform_integrations)")
    #expect(try left.integer(0, 0) == 0)
  }

  @Test func `each remark of rlsautotest is answered in the documentation`() throws {
    let answered = try AnsweredFindings().of("rlsautotest").filter { !Self.remarksOfShop.contains($0) }
    let remarks = try judge.matrix().flatMap { $0["footguns"]?.array ?? [] }.compactMap(\.string)
    #expect(remarks.filter { remark in !answered.contains { remark.contains($0) } } == [])
    #expect(answered.filter { answer in !remarks.contains { $0.contains(answer) } } == [])
  }

  /// Whether the answer of the documentation holds at this place: tables without a row scope, and policies of one account
  /// that the manifest gives every row.
  private func isAnswered(_ finding: OutsideJudge.LintFinding) -> Bool {
    let isScoped = fleet.manifest.rowScopedTables.contains(finding.table)
    switch finding.rule {
    case "SEC001": return !isScoped
    case "SEC007": return isScoped
    case "SEC005", "SEC008", "SEC028", "SEC038": return hasEveryRow(finding)
    default: return false
    }
  }

  private func hasEveryRow(_ finding: OutsideJudge.LintFinding) -> Bool {
    guard let words = finding.policy?.split(separator: " "), words.count == 2 else { return false }
    if words[0] == fleet.manifest.administrators.databaseAccount { return true }
    let account = fleet.manifest.databaseAccount(named: String(words[0]))
    guard let verb = TableVerb(rawValue: String(words[1])),
      let grant = account?.grant(verb, on: finding.table)
    else { return false }
    return grant.rows == nil
  }

  /// Compares the row cells of the accounts, and returns their number. The judge tries inserts with every column, so that
  /// it may miss an insert on some columns only; it must not find one that the manifest lacks.
  private func compare(rowsOf table: JSONValue, named name: String) -> Int {
    var cells = 0
    for account in fleet.manifest.databaseAccounts {
      for verb in TableVerb.allCases {
        guard let cell = table["idgrid"]?[verb.rawValue.uppercased()]?["role:\(account.name)"] else {
          continue
        }
        cells += 1
        #expect(cell["pass"]?.bool == true, "\(account.name) \(verb) \(name)")
        let isGranted = account.grant(verb, on: name) != nil
        if verb != .insert || !isGranted {
          #expect(cell["exp"]?.bool == isGranted, "\(account.name) \(verb) \(name)")
        }
      }
    }
    return cells
  }

  /// A column list that the judge finds is that of the manifest, and no broader grant reaches past it.
  private func compare(columnsOf table: JSONValue, named name: String) {
    for account in fleet.manifest.databaseAccounts {
      for verb in TableVerb.allCases {
        guard let cell = table["column_security"]?["cells"]?[account.name]?[verb.rawValue.uppercased()] else {
          continue
        }
        #expect(cell["leaked"]?.array ?? [] == [], "\(account.name) \(verb) \(name)")
        guard cell["kind"]?.string == "scoped", let grant = account.grant(verb, on: name) else { continue }
        let columns = Set((cell["granted"]?.array ?? []).compactMap(\.string))
        if case .only(let names) = grant.columns { #expect(columns == Set(names), "\(account.name) \(name)") }
      }
    }
  }
}
