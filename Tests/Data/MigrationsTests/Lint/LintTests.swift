import DatabaseTestSupport
import Foundation
import Schema
import TestSupport
import Testing

@testable import Migrations

/// `migrate lint` over versions: the shipped ones, the switches, and what a version says about older programs.
@Suite struct LintTests {
  @Test func `the shipped migrations have no finding, and each switch has a reason`() throws {
    let report = try MigrationLint(engines: LintExample.engines).report()
    #expect(report.findings == [])
    #expect(report.versions == Schema.currentVersion)
    #expect(report.allowed.map(\.version) == [2, 3, 4, 5])
    #expect(report.allowed.allSatisfy { $0.rule == .needlesslyBreaking && $0.allowed?.isEmpty == false })
  }

  @Test(arguments: Migration.all)
  func `a finding names the file of its version`(migration: Migration) throws {
    let template = try #require(MigrationTemplate(version: migration.version, name: migration.name))
    #expect(FileManager.default.fileExists(atPath: Checkout.path(template.path)))
  }

  @Test func `versions that contradict each other are an error and no finding`() {
    #expect(throws: PlanError.contradiction(version: 2, .noTable("none"))) {
      try LintExample.report([LintExample.step([.dropTable("none")])])
    }
    #expect(throws: PlanError.oldestProgramOutOfRange(version: 2, oldestProgram: 9)) {
      try LintExample.report([LintExample.step(9, [])])
    }
  }

  // MARK: Switches

  @Test func `a switch changes neither the changes nor the checksum of its version`() {
    let change = SchemaChange.engineSQL(EngineSQL(["x": ["y"]], effects: [.dropTable("spares")]))
    let allowed = SchemaChange.engineSQL(
      EngineSQL(["x": ["y"]], effects: [.dropTable("spares").allowing(.dropTable, because: "unused")])
    ).allowing(.engineSQLUnchecked, because: "harmless")
    let (plain, switched) = (LintExample.step([change]), LintExample.step([allowed]))
    #expect(plain.checksum == switched.checksum)
    #expect(switched.up.first?.canonicalText == change.canonicalText)
    #expect(
      switched.allowances.up == [
        [
          Allowance(rule: .dropTable, reason: "unused"),
          Allowance(rule: .engineSQLUnchecked, reason: "harmless"),
        ]
      ])
  }

  @Test func `a switch works on its change alone, and for its rule alone`() throws {
    let drop = SchemaChange.dropColumn("note", table: "things")
    let report = try LintExample.report([
      LintExample.step(
        1,
        [
          drop.allowing(.dropColumn, because: "unused"), .dropColumn("count", table: "things"),
        ])
    ])
    #expect(
      report.findings.map { "\($0.change ?? 0) \($0.rule.rawValue)" } == [
        "1 breaks-running-program", "2 drop-column", "2 breaks-running-program",
      ])
    #expect(report.allowed.map(\.allowed) == ["unused"])
  }

  @Test func `the rules on switches cannot be switched off`() throws {
    let index = SchemaChange.createIndex(["note"], table: "things")
    let report = try LintExample.report([
      LintExample.step(
        1,
        [
          index.allowing(.dropTable, because: "small").allowing(.unusedAllowance, because: "leave it")
        ])
    ])
    #expect(report.findings.map(\.rule) == [.unusedAllowance, .unusedAllowance])
  }

  @Test func `a switch in a step down or for a whole version without that finding is unused`() throws {
    let down = Migration(
      version: 2, name: "step_2", oldestProgram: 1, up: [.createIndex(["note"], table: "things")],
      down: [.dropIndex(["note"], table: "things").allowing(.dropColumn, because: "small")])
    #expect(try LintExample.report([down]).findings.map(\.rule) == [.unusedAllowance])
    let version = LintExample.step([.dropTable("spares").allowing(.dropTable, because: "unused")])
      .allowing(.dropTable, because: "unused")
    #expect(try LintExample.report([version]).findings.map(\.change) == [nil])
  }

  // MARK: Older programs

  /// Changes, and whether a program of the version before is compatible with them.
  static let compatibility: [(changes: [SchemaChange], isCompatible: Bool)] = [
    ([.createTable(TableDefinition(name: "news", owner: nil, columns: [.identity]))], true),
    ([.addColumn(.optionalMoment("ended_at"), table: "things")], true),
    ([.addColumn(LintExample.text("size"), table: "things")], true),
    ([.addColumn(ColumnDefinition(name: "size", type: .integer), table: "things")], false),
    ([.addColumn(LintExample.text("size"), table: "things"), .dropColumn("size", table: "things")], true),
    (
      [
        .addColumn(LintExample.text("size"), table: "things"),
        .changeDefault(of: "size", to: nil, table: "things"),
      ], false
    ),
    ([.dropTable("spares")], false), ([.dropColumn("note", table: "things")], false),
    ([.renameColumn("note", to: "remark", table: "things")], false),
    ([.changeType(of: "title", to: .varchar(40), table: "things")], true),
    ([.changeType(of: "title", to: .varchar(10), table: "things")], false),
    ([.changeType(of: "count", to: .bigint, table: "things")], false),
    ([.changeNullability(of: "note", isNullable: false, table: "things")], false),
    ([.changeNullability(of: "title", isNullable: true, table: "things")], false),
    ([.changeDefault(of: "count", to: nil, table: "things")], false),
    ([.changeAllowedValues(of: "kind", to: ["a"], table: "things")], false),
    ([.changeAllowedValues(of: "kind", to: ["a", "b", "c"], table: "things")], false),
    ([.changeAllowedValues(of: "kind", to: nil, table: "things")], false),
    ([.addUniqueKey(["title"], table: "things")], false),
    (
      [
        .addColumn(.optionalMoment("ended_at"), table: "things"),
        .addUniqueKey(["title", "ended_at"], table: "things"),
      ], true
    ),
    ([.createIndex(IndexDefinition(["title"], isUnique: true), table: "things")], false),
    ([.createIndex(["title"], table: "things")], true),
    ([.addReference(Reference(column: "owner_id", table: "spares"), table: "things")], false),
    (
      [.addCheck(CheckDefinition(name: "c", columns: ["count"], condition: "count > 0"), table: "things")],
      false
    ),
    ([.engineSQL(EngineSQL([:], effects: [.dropTable("spares")]))], false),
  ]

  @Test(arguments: compatibility.indices)
  func `a version that keeps older programs running is found where it breaks them, and nowhere else`(
    index: Int
  ) throws {
    let (changes, isCompatible) = Self.compatibility[index]
    let kept = try LintExample.report([LintExample.step(1, changes)]).findings.map(\.rule)
    #expect(kept.contains(.breaksRunningProgram) == !isCompatible, "\(changes)")
    let broken = try LintExample.report([LintExample.step(2, changes)]).findings.map(\.rule)
    #expect(broken.contains(.needlesslyBreaking) == isCompatible, "\(changes)")
    #expect(!broken.contains(.breaksRunningProgram))
  }

  @Test func `a version that names an older program than a version before it supports is found`() throws {
    let report = try LintExample.report([
      LintExample.step([.dropTable("spares").allowing(.dropTable, because: "unused")]),
      LintExample.step(1, version: 3, [.createIndex(["note"], table: "things")]),
    ])
    #expect(report.findings.map(\.rule) == [.breaksRunningProgram])
    #expect(report.findings.first?.version == 3)
    #expect(report.findings.first?.detail.contains("version 2 ends the support") == true)
  }

  // MARK: Hand-written statements

  @Test(arguments: [
    ("UPDATE things SET note = ''", LintRule.backfillInTransaction),
    ("delete from only things", .backfillInTransaction),
    ("WITH old AS (SELECT 1) DELETE FROM things USING old", .backfillInTransaction),
    ("INSERT INTO spares (name) SELECT title FROM things", .backfillInTransaction),
    (#"UPDATE "things" SET note = ''"#, .backfillInTransaction),
    ("-- rights\nGRANT SELECT ON things TO PUBLIC", .schemaChangeInData),
    ("SELECT 1; TRUNCATE things", .schemaChangeInData), ("DO $$ BEGIN END $$", .schemaChangeInData),
    ("INSERT INTO spares (name) VALUES ('UPDATE things')", nil), ("SELECT count(*) FROM things", nil),
  ])
  func `a hand-written statement is found by its verb`(sql: String, rule: LintRule?) throws {
    let findings = try LintExample.report([LintExample.step(1, [.data([sql])])]).findings
    #expect(findings.map(\.rule) == (rule.map { [$0] } ?? []))
  }

  @Test func `statements on a table that the version has created are no finding`() throws {
    let news = TableDefinition(
      name: "news", owner: nil, columns: [.identity, ColumnDefinition(name: "title", type: .text)])
    let report = try LintExample.report([
      LintExample.step(
        1,
        [
          .createTable(news),
          .data(["INSERT INTO news (title) SELECT title FROM things", "DELETE FROM news"]),
          .addUniqueKey(["title"], table: "news"), .changeType(of: "title", to: .varchar(9), table: "news"),
          .renameColumn("title", to: "head", table: "news"), .dropColumn("head", table: "news"),
        ])
    ])
    #expect(report.findings == [])
  }
}
