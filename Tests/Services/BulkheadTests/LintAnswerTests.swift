import Schema
import Testing

@testable import Migrations
@testable import bulkhead

/// The answer of `migrate lint`.
@Suite struct LintAnswerTests {
  private func answer(_ change: SchemaChange) throws -> LintAnswer {
    let table = TableDefinition(name: "notes", owner: nil, columns: [.identity])
    let create = Migration(version: 1, name: "notes", up: [.createTable(table)], down: [])
    let change = Migration(version: 2, name: "contract", up: [change], down: [])
    return LintAnswer(try MigrationLint([create, change], engines: []).report())
  }

  @Test func `a finding has its place, its reason and the way around, and ends with exit code 2`() throws {
    let answer = try answer(.dropTable("notes"))
    #expect(answer.exitCode == .difference)
    #expect(
      answer.lines == [
        #"Shared/Data/Migrations/Versions/V0002_contract.swift: change 1, .dropTable("notes")"#,
        "  error drop-table: table notes",
        "    The rows are lost, and a program that still uses the table fails.",
        "    Instead: Stop using the table in one release. Drop it in a later version, and name the release.",
        "1 finding in 2 versions, 0 switched off",
      ])
  }

  @Test func `a finding that is switched off is listed with its reason, and ends with exit code 0`() throws {
    let answer = try answer(.dropTable("notes").allowing(.dropTable, because: "unused since version 1"))
    #expect(answer.exitCode == .success)
    #expect(answer.lines == ["0 findings in 2 versions, 1 switched off"])
    #expect(answer.allowed.map(\.allowed) == ["unused since version 1"])
  }
}
