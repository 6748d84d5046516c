import DataAccess
import DatabaseTestSupport
import Logging
import PostgresDriver
import Schema
import TestSupport
import Testing

@testable import Migrations

/// The rules on locks against what PostgreSQL itself reports that it reads or rewrites.
@Suite struct LintLockTests {
  /// The rules whose violation reads or rewrites a whole table under a lock that blocks others. A required column fails
  /// at the first row that the engine reads.
  private static let blocking: Set<LintRule> = [
    .requiredColumn, .columnWithCheck, .identityColumn, .typeRewrite, .typeRecheck, .schemaChangeInData,
  ]

  @Test(arguments: LintExample.all)
  func `PostgreSQL reads or rewrites a whole table under a lock exactly where a rule on locks says so`(
    example: LintExample
  ) async throws {
    let mayFail = LintExample.rowFailures.contains { $0.rule == example.rule }
    let violation = try await work(of: example.violation, mayFail: mayFail)
    #expect(violation.isEmpty != Self.blocking.contains(example.rule), "\(violation)")
    #expect(try await work(of: example.around) == [])
  }

  @Test func `only a text type that grows changes its columns without a rewrite`() async throws {
    let types: [ColumnType] = [
      .bigint, .integer, .boolean, .varchar(20), .varchar(30), .char(20), .text, .json, .timestamp, .date,
    ]
    try await watching { session, work in
      for old in types {
        for new in types where new != old {
          let steps = Self.retyping(old, new)
          let rules = try LintExample.report(steps).findings.map(\.rule)
          let parts = try Self.parts(steps)
          do {
            for part in parts { try await Self.run(part, session) }
            let isRewritten = work().contains { $0.hasPrefix("rewriting table") }
            #expect(rules.contains(.typeRewrite) == isRewritten, "\(old) to \(new)")
          } catch let error as DatabaseError where error.kind == .invalidStatement {
            // The engine has no cast between the two.
            #expect(rules.contains(.typeRewrite), "\(old) to \(new)")
          }
          try await session.run("DROP TABLE typed")
        }
      }
    }
  }

  private static func retyping(_ old: ColumnType, _ new: ColumnType) -> [Migration] {
    let column = ColumnDefinition(name: "value", type: old, isNullable: true)
    let table = TableDefinition(name: "typed", owner: nil, columns: [column])
    return [
      LintExample.step(1, [.createTable(table)]),
      LintExample.step(3, version: 3, [.changeType(of: "value", to: new, table: "typed")]),
    ]
  }

  // MARK: The server's reports

  /// What the server reports about the base's tables, while the steps hold locks that block others.
  private func work(of steps: [Migration], mayFail: Bool = false) async throws -> [String] {
    try await watching { session, work in
      for part in try Self.parts([]) { try await Self.run(part, session) }
      for row in LintExample.rows { try await session.run(row) }
      _ = work()
      do {
        for part in try Self.parts(steps) { try await Self.run(part, session) }
      } catch is DatabaseError where mayFail {}
      let tables = ["things", "spares", "pairs"]
      return work().filter { line in tables.contains { line.contains("table \"\($0)\"") } }
    }
  }

  /// Runs `body` with a session, and with a function that returns the server's reports since its last call.
  private func watching<Value: Sendable>(
    _ body: (DriverSession, () -> [String]) async throws -> Value
  ) async throws -> Value {
    let log = LogRecorder()
    var seen = 0
    var value: Value?
    try await TestDatabase.with(.postgresql) { test in
      let driver = PostgresDriver(configuration: test.configuration, logger: log.logger)
      value = try await DriverSession.with(driver, on: test.loop) { session in
        try await body(session) {
          let all = log.values(of: "message")
          defer { seen = all.count }
          return all.dropFirst(seen).filter { line in
            ["rewriting table", "verifying table", "building index"].contains { line.hasPrefix($0) }
          }
        }
      }
    }
    return try #require(value)
  }

  /// The parts of the steps behind the base, or of the base where there are no steps.
  private static func parts(_ steps: [Migration]) throws -> [StepPart] {
    let writer = StepScriptWriter(dialect: .postgreSQL, known: [LintExample.base] + steps)
    let run = steps.isEmpty ? [LintExample.base] : steps
    return try writer.scripts(of: run.map { MigrationPlan.Step($0, .up) }).flatMap(\.parts)
  }

  /// A build beside writers, a batch and a validation take locks that let readers and writers pass: the server is
  /// silent about them.
  private static func run(_ part: StepPart, _ session: DriverSession) async throws {
    var isTransaction = false
    if case .transaction = part { isTransaction = true }
    for statement in part.statements {
      let isLoud = isTransaction && !statement.contains(" VALIDATE CONSTRAINT ")
      try await session.run("SET client_min_messages = \(isLoud ? "debug1" : "notice")")
      try await session.run(statement)
    }
  }
}
