import DataAccess
import DatabaseTestSupport
import Schema
import TestSupport
import Testing

@testable import Migrations

/// What a version says about older programs (`oldestProgram`), deployed: the statements of each program that may run,
/// before and after the version.
@Suite struct OlderProgramTests {
  /// A version, and the version of a program that it lets run.
  struct Pair: Sendable, CustomTestStringConvertible {
    let version: Int
    let program: Int

    var testDescription: String { "a program of version \(program) on version \(version)" }
  }

  private static let pairs = Migration.all.flatMap { migration in
    (migration.oldestProgram..<max(migration.oldestProgram, migration.version)).map {
      Pair(version: migration.version, program: $0)
    }
  }

  @Test func `some shipped version lets an older program run, so that the next test has a case`() {
    #expect(!Self.pairs.isEmpty)
  }

  @Test(arguments: pairs, TestEngine.all)
  func `every statement of a program that may run works before and after the version`(
    pair: Pair, engine: TestEngine
  ) async throws {
    try await deploy(
      Array(Migration.all.prefix(pair.version)), program: pair.program,
      migratedTo: MigratedVersion(pair.program), on: engine)
  }

  /// Each kind of additive change, on tables that a program of the version before uses.
  @Test(arguments: TestEngine.all)
  func `a version that the lint calls additive breaks no statement of the program before`(
    engine: TestEngine
  ) async throws {
    let changes = LintTests.compatibility.filter(\.isCompatible).map(\.changes)
    for changes in changes {
      try await deploy([LintExample.base, LintExample.step(1, changes)], program: 1, on: engine)
    }
  }

  /// Shows that the test fails where a version breaks the program.
  @Test(arguments: TestEngine.all)
  func `a version that drops or tightens makes a statement of the program before fail`(
    engine: TestEngine
  ) async throws {
    for change: SchemaChange in [
      .dropTable("spares"), .dropColumn("note", table: "things"),
      .renameColumn("note", to: "remark", table: "things"),
      .changeDefault(of: "count", to: nil, table: "things"), .dropUniqueKey(["name"], table: "spares"),
    ] {
      await #expect(throws: DatabaseError.self, "\(change)") {
        try await deploy([LintExample.base, LintExample.step(1, [change])], program: 1, on: engine)
      }
    }
  }

  /// Migrates to the program's version, sends its statements, migrates on, and sends them again.
  private func deploy(
    _ versions: [Migration], program: Int, migratedTo start: MigratedVersion? = nil, on engine: TestEngine
  ) async throws {
    let tables = try SchemaHistory(after: versions.prefix(program)).tables
    try await TestDatabase.with(engine, migratedTo: start) { test in
      try await test.withPool { database in
        let migrations = MigrationEngine(database, migrations: versions)
        try await migrations.up(to: program)
        try await send(ProgramStatements(tables, round: 1), to: database)
        try await migrations.up()
        try await send(ProgramStatements(tables, round: 2), to: database)
      }
    }
  }

  private func send(_ statements: ProgramStatements, to database: Database) async throws {
    for statement in statements.all {
      let rows = try await database.unsafeQuery(unsafeSQL: statement)
      if statement.hasPrefix("SELECT") { #expect(rows.rowCount > 0, "\(statement)") }
    }
  }
}

/// The statements that a program makes of the definitions which it was built with: every column written and read, every
/// default used, every unique key the target of an upsert.
private struct ProgramStatements {
  let tables: [TableDefinition]
  /// Makes the texts of one round distinct from those of another.
  let round: Int

  init(_ tables: [TableDefinition], round: Int) {
    self.tables = tables
    self.round = round
  }

  /// In the order of the tables, so that a row's foreign key has its target. Only the second round deletes, so that the
  /// version meets rows.
  var all: [String] {
    let writes = tables.flatMap { table in
      [insert(table, required(table), row: 1), insert(table, written(table), row: 2)]
        + upserts(table) + [select(table)] + updates(table)
    }
    return writes + (round == 2 ? tables.reversed().map { "DELETE FROM \($0.name)" } : [])
  }

  private func written(_ table: TableDefinition) -> [ColumnDefinition] {
    table.columns.filter { !$0.isIdentity }
  }

  private func required(_ table: TableDefinition) -> [ColumnDefinition] {
    written(table).filter { !$0.isNullable && $0.defaultValue == nil }
  }

  /// The columns of `key` have the values of row 2; the others have those of `row`.
  private func insert(
    _ table: TableDefinition, _ columns: [ColumnDefinition], row: Int, key: [String] = []
  ) -> String {
    if columns.isEmpty { return "INSERT INTO \(table.name) DEFAULT VALUES" }
    let names = columns.map(\.name).joined(separator: ", ")
    let values = columns.map { value(of: $0, in: table, row: key.contains($0.name) ? 2 : row) }
    return "INSERT INTO \(table.name) (\(names)) VALUES (\(values.joined(separator: ", ")))"
  }

  private func upserts(_ table: TableDefinition) -> [String] {
    table.uniqueKeys.map { key in
      "\(insert(table, written(table), row: 3, key: key)) ON CONFLICT (\(key.joined(separator: ", "))) DO UPDATE SET "
        + key.map { "\($0) = excluded.\($0)" }.joined(separator: ", ")
    }
  }

  private func select(_ table: TableDefinition) -> String {
    "SELECT \(table.columns.map(\.name).joined(separator: ", ")) FROM \(table.name)"
  }

  private func updates(_ table: TableDefinition) -> [String] {
    written(table).map { "UPDATE \(table.name) SET \($0.name) = \($0.name)" }
  }

  private func value(of column: ColumnDefinition, in table: TableDefinition, row: Int) -> String {
    if let target = table.references.first(where: { $0.column == column.name })?.table {
      // Row 1 has another target than the others, where the reference is a part of a unique key.
      let last = "SELECT max(id) FROM \(target)"
      return row == 1 ? "(\(last) WHERE id < (\(last)))" : "(\(last))"
    }
    if let allowed = column.allowedValues { return "'\(allowed[row == 3 ? allowed.count - 1 : 0])'" }
    return switch column.type {
    case .bigint, .integer: "\(10 * round + row)"
    case .boolean: "'1'"
    case .varchar, .text: "'\(round)\(row)'"
    case .char(let length): "'\(String(repeating: "\(row)", count: length - 1))\(round)'"
    case .json, .other: "'{}'"
    case .timestamp: "'2026-01-0\(row) 00:00:00.000000'"
    case .date: "'2026-0\(round)-0\(row)'"
    }
  }
}
