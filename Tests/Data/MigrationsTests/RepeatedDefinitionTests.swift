import DataAccess
import DatabaseTestSupport
import MariaDBDriver
import Schema
import TestSupport
import Testing

@testable import Migrations

/// A run that was cut off behind a statement which commits by itself, and repeats it.
@Suite struct RepeatedDefinitionTests {
  private static let things = Migration(
    version: 1, name: "things",
    up: [
      .createTable(
        TableDefinition(
          name: "things", owner: nil,
          columns: [
            .identity, ColumnDefinition(name: "kind", type: .varchar(8), isNullable: true),
            ColumnDefinition(name: "note", type: .varchar(8), isNullable: true),
          ]))
    ],
    down: [.dropTable("things")])
  private static let parts = TableDefinition(
    name: "parts", owner: nil,
    columns: [.identity, ColumnDefinition(name: "thing_id", type: .bigint)],
    references: [Reference(column: "thing_id", table: "things", onDelete: .cascade)])

  /// Every kind of statement that such a run may repeat.
  private static let changes: [SchemaChange] = [
    .createTable(parts), .createIndex(["kind"], table: "things"), .dropIndex(["kind"], table: "things"),
    .addColumn(
      ColumnDefinition(name: "flag", type: .boolean, defaultValue: .boolean(false)), table: "things"),
    .changeAllowedValues(of: "kind", to: ["a", "b"], table: "things"),
    .changeAllowedValues(of: "kind", to: ["a"], table: "things"),
    .addUniqueKey(["kind"], table: "things"), .renameColumn("kind", to: "sort", table: "things"),
    .changeAllowedValues(of: "sort", to: nil, table: "things"),
    .dropUniqueKey(["sort"], table: "things"),
    .addCheck(
      CheckDefinition(name: "things_note", columns: ["note"], condition: "note <> ''"), table: "things"),
    .dropCheck("things_note", table: "things"), .changeDefault(of: "note", to: .text("x"), table: "things"),
    .changeNullability(of: "note", isNullable: false, table: "things"),
    .dropReference(of: "thing_id", table: "parts"),
    .addReference(Reference(column: "thing_id", table: "things", onDelete: .cascade), table: "parts"),
    .dropColumn("note", table: "things"), .dropTable("parts"),
  ]

  /// A database at version 1, with a run that began the part of version 2 and was cut off.
  private func withCutOff(
    _ changes: [SchemaChange], before part: Int,
    _ body: (Database, MigrationEngine, StepScript) async throws -> Void
  ) async throws {
    let step = Migration(version: 2, name: "step", up: changes, down: [])
    try await TestDatabase.with(.family) { test in
      try await test.withPool(.patient(6)) { database in
        let migrations = MigrationEngine(database, migrations: [Self.things, step])
        try await migrations.up(to: 1)
        let script = try #require(try await migrations.scripts(.up(to: 2)).first)
        try await database.session { session throws(DatabaseError) in
          try await UnfinishedStep.prepareTable(session)
          for part in script.parts[..<part] {
            for sql in part.statements { _ = try await session.unsafeQuery(unsafeSQL: sql) }
          }
          try await UnfinishedStep(script, part: part, hasBegun: true).write(session)
        }
        try await body(database, migrations, script)
      }
    }
  }

  private func failure(_ migrations: MigrationEngine) async -> DatabaseError? {
    let error = await #expect(throws: MigrationError.self) { try await migrations.up() }
    guard case .stepFailed(2, "step", let reason, _) = error else {
      Issue.record("an unexpected error: \(String(describing: error))")
      return nil
    }
    return reason
  }

  @Test func `every kind of statement that has taken effect before is recognised`() async throws {
    try await withCutOff(Self.changes, before: 0) { database, migrations, script in
      let outcome = try await database.session { session throws(DatabaseError) in
        let runner = StepRunner(
          engine: migrations,
          sessions: MigrationEngine.Sessions(work: session, lock: nil, check: nil, number: nil),
          script: script, approval: .none, report: { _ in })
        var outcome: [String] = []
        for (number, part) in script.parts.enumerated() {
          guard case .definition(let sql, let mayBeThere, let effect, _) = part else { continue }
          _ = try await session.unsafeQuery(unsafeSQL: sql)
          let state = UnfinishedStep(script, part: number, hasBegun: true)
          do throws(MigrationError) {
            _ = try await runner.define(sql, mayBeThere: mayBeThere, effect, [], state)
          } catch {
            outcome.append("\(sql): \(error)")
          }
        }
        return outcome
      }
      #expect(outcome == [])
      #expect(script.parts.count > 18)
    }
  }

  @Test func `a table that cannot be made is not taken for one that exists`() async throws {
    try await withCutOff([.createTable(Self.parts)], before: 0) { database, migrations, _ in
      _ = try await database.unsafeQuery(unsafeSQL: "RENAME TABLE things TO things_away")
      for _ in 0..<2 {
        let reason = try #require(await failure(migrations))
        #expect(["1005", "1824"].contains(reason.nativeCode))
      }
      #expect(try await migrations.status().current == 1)
      _ = try await database.unsafeQuery(unsafeSQL: "RENAME TABLE things_away TO things")
      #expect(try await migrations.up().count == 1)
      #expect(try await database.hasTable("parts"))
    }
  }

  @Test func `a column that is there is not dropped because its index is gone`() async throws {
    let changes: [SchemaChange] = [
      .createIndex(["kind"], table: "things"), .dropColumn("kind", table: "things"),
    ]
    try await withCutOff(changes, before: 1) { database, migrations, _ in
      _ = try await database.unsafeQuery(unsafeSQL: "DROP INDEX things_kind_idx ON things")
      let reason = try #require(await failure(migrations))
      #expect(reason.nativeCode == "1091")
      #expect(try await migrations.status().current == 1)
      #expect(try await database.hasColumn("kind", of: "things"))
    }
  }

  @Test func `a column is not renamed because neither name is there`() async throws {
    try await withCutOff([.renameColumn("kind", to: "sort", table: "things")], before: 0) {
      database, migrations, _ in
      _ = try await database.unsafeQuery(unsafeSQL: "ALTER TABLE things RENAME COLUMN kind TO other")
      let reason = try #require(await failure(migrations))
      #expect(reason.nativeCode == "1054")
      #expect(try await migrations.status().current == 1)
    }
  }
}
