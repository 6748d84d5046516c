import DataAccess
import DatabaseTestSupport
import Migrations
import Schema
import TestSupport
import Testing

/// A statement of a step that runs for seconds, on PostgreSQL.
@Suite struct LongStatementTests {
  private static let things = TableDefinition(
    name: "things", owner: nil,
    columns: [
      ColumnDefinition(name: "id", type: .bigint, isIdentity: true),
      ColumnDefinition(name: "kind", type: .varchar(8), isNullable: true),
    ])
  private static let create = Migration(
    version: 1, name: "things", up: [.createTable(things)], down: [.dropTable("things")])
  private static let index = Migration(
    version: 2, name: "index", up: [.createIndex(["kind"], table: "things")],
    down: [.dropIndex(["kind"], table: "things")])

  @Test func `a long statement is reported with the session that it waits for`() async throws {
    try await TestDatabase.with(.postgresql) { test in
      try await test.withPool(.patient(8)) { database in
        let migrations = MigrationEngine(database, migrations: [Self.create, Self.index])
        try await migrations.up(to: 1)
        let reports = Reports()
        try await DriverSession.with(test.driver, on: test.loop) { holder in
          // The build waits for every older snapshot.
          try await holder.run("BEGIN ISOLATION LEVEL REPEATABLE READ")
          try await holder.run("SELECT count(*) FROM things")
          let run = Task { try await migrations.up { reports.add($0) } }
          try await eventually("the build is reported") {
            !Self.details(in: reports).isEmpty
          }
          try await holder.run("COMMIT")
          #expect(try await run.value.count == 1)
        }
        let detail = try #require(Self.details(in: reports).first)
        #expect(detail.contains("waiting for \(test.configuration.user) (pid "), "\(detail)")
      }
    }
  }

  private static func details(in reports: Reports) -> [String] {
    reports.all.compactMap { if case .running(_, _, let detail) = $0 { detail } else { nil } }
  }
}
