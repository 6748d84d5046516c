import DataAccess
import DatabaseTestSupport
import Foundation
import Schema
import TestSupport
import Testing

@testable import Migrations

/// The rules of `migrate lint`, each with an example on real engines.
@Suite struct LintRuleTests {
  @Test func `every rule has a version that violates it and one that takes the way around`() {
    #expect(Set(LintExample.all.map(\.rule)) == Set(LintRule.allCases))
    #expect(LintExample.all.count == LintRule.allCases.count)
    for example in LintExample.all {
      #expect(!example.violation.isEmpty && !example.around.isEmpty, "\(example.rule)")
    }
  }

  @Test(arguments: LintExample.all)
  func `a violation is found with its place, and the way around gives no finding`(
    example: LintExample
  ) throws {
    let report = try LintExample.report(example.violation)
    #expect(Set(report.findings.map(\.rule)) == Set([example.rule] + example.others))
    let finding = try #require(report.findings.first { $0.rule == example.rule })
    #expect(finding.version == 2)
    #expect(finding.file == "Shared/Data/Migrations/Versions/V0002_step_2.swift")
    #expect(finding.change == (example.rule == .needlesslyBreaking ? nil : 1))
    #expect((finding.source?.hasPrefix(".") ?? true) && !finding.detail.isEmpty)
    #expect(try LintExample.report(example.around).findings == [])
  }

  @Test(arguments: LintExample.rowFailures, TestEngine.all)
  func `a violation fails on the rows that its rule is about, and the way around does not`(
    example: LintExample, engine: TestEngine
  ) async throws {
    for (steps, fails) in [(example.violation, true), (example.around, false)] {
      try await withRows(engine) { database in
        let engine = MigrationEngine(database, migrations: [LintExample.base] + steps)
        if fails {
          let error = await #expect(throws: MigrationError.self) { try await engine.up() }
          guard case .stepFailed? = error else {
            Issue.record("an unexpected error: \(String(describing: error))")
            return
          }
        } else {
          try await engine.up()
        }
      }
    }
  }

  @Test(arguments: LintExample.all, TestEngine.all)
  func `the way around runs on a table with rows`(example: LintExample, engine: TestEngine) async throws {
    try await withRows(engine) { database in
      let migrations = MigrationEngine(database, migrations: [LintExample.base] + example.around)
      let steps = try await migrations.up()
      #expect(steps.count == example.around.count)
    }
  }

  private func withRows(_ engine: TestEngine, _ body: (Database) async throws -> Void) async throws {
    try await TestDatabase.with(engine) { test in
      try await test.withPool { database in
        try await MigrationEngine(database, migrations: [LintExample.base]).up()
        for row in LintExample.rows { _ = try await database.unsafeQuery(unsafeSQL: row) }
        try await body(database)
      }
    }
  }

  @Test func `the documentation lists every rule with its words`() throws {
    let text = try String(contentsOfFile: Checkout.path("docs/migrations.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { row in
      LintRule.allCases.contains { row.hasPrefix("| `\($0.rawValue)` |") }
    }
    let expected = LintRule.allCases.map { rule in
      "| `\(rule.rawValue)` | \(rule.severity.rawValue) | \(rule.text.finds) | \(rule.text.reason) | \(rule.text.instead) |"
    }
    #expect(rows.map(String.init) == expected)
  }
}
