import DataAccess
import DatabaseTestSupport
import Foundation
import Schema
import TestSupport
import Testing

@testable import Migrations

/// `migrate up` beside the requests of running services, on PostgreSQL.
///
/// `STRESS_ROWS` sets the rows of each table; `make stress` runs the tests with a million and shows their figures. Then no
/// request may wait longer for a lock than one attempt of the migration does.
@Suite(.serialized) struct MigrationTrafficTests {
  private static let defaultRows = 20_000
  /// Beyond the time of one attempt at a lock, where the machine is busy with other tests.
  private static let graceMilliseconds = 10_000
  /// Enough for a million rows.
  private static let statementLimitMilliseconds = 600_000

  private static var rows: Int {
    get throws { try TestSize.of("STRESS_ROWS") ?? defaultRows }
  }

  private static var lockLimitMilliseconds: Int {
    get throws {
      LockLimits().attemptMilliseconds + (try TestSize.of("STRESS_ROWS") == nil ? graceMilliseconds : 0)
    }
  }

  @Test func `migrate up from the first version lets every request pass, and none waits long for a lock`()
    async throws
  {
    let newest = Schema.currentVersion
    try await withRows(Migration.all, at: 1) { test, database, migrations in
      try await expectPassing(test, "up from version 1 to \(newest - 1)") {
        try await migrations.up(to: newest - 1)
      }
      let old = try SchemaHistory(after: Migration.all.prefix(1)).tables.map(\.name)
      let tables = try SchemaHistory(after: Migration.all.prefix(newest - 1)).tables
      let rows = try Self.rows
      try await Self.fill(tables.filter { !old.contains($0.name) }, rows, database)
      try await expectPassing(test, "up to version \(newest)") { try await migrations.up() }
    }
  }

  @Test func `versions in which the lint finds nothing let every request pass`() async throws {
    let versions = Migration.all + Self.later
    let report = try MigrationLint(versions, engines: []).report()
    #expect(report.findings == [])
    #expect(report.allowed.allSatisfy { $0.rule == .needlesslyBreaking || $0.rule == .breaksRunningProgram })
    try await withRows(versions, at: Schema.currentVersion) { test, _, migrations in
      try await expectPassing(test, "every change without a finding") {
        try await migrations.up()
      }
    }
  }

  @Test func `a step that keeps its lock makes a request fail, which shows that the limit works`()
    async throws
  {
    let slow = Migration(
      version: 2, name: "slow",
      up: [.addColumn(.optionalMoment("ended_at"), table: "users"), .data(["SELECT pg_sleep(2)"])],
      down: [.dropColumn("ended_at", table: "users")])
    try await withRows([Migration.all[0], slow], at: 1, count: 100) { test, _, migrations in
      let figures = try await Traffic(test, rows: 100, lockLimitMilliseconds: 300).during {
        try await migrations.up()
      }
      #expect(figures.failures.contains { $0.contains("lock timeout") }, "\(figures)")
    }
  }

  private func expectPassing(_ test: TestDatabase, _ name: String, _ body: () async throws -> Void)
    async throws
  {
    let (rows, start) = (try Self.rows, ContinuousClock.now)
    let traffic = Traffic(test, rows: rows, lockLimitMilliseconds: try Self.lockLimitMilliseconds)
    let figures = try await traffic.during(body)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    #expect(figures.failures == [])
    print(
      "stress: \(name), \(rows) rows in each table: \(String(format: "%.1f", seconds)) s, "
        + "\(figures.requests) requests, \(figures.failures.count) failed, "
        + "slowest \(figures.slowestMilliseconds) ms, "
        + "longest wait for a lock \(figures.longestLockWaitMilliseconds) ms")
  }

  // MARK: The database

  private func withRows(
    _ versions: [Migration], at version: Int, count: Int? = nil,
    _ body: (TestDatabase, Database, MigrationEngine) async throws -> Void
  ) async throws {
    try await TestDatabase.with(.postgresql) { test in
      let pool = PoolConfiguration(size: 4, statementTimeoutMilliseconds: Self.statementLimitMilliseconds)
      try await test.withPool(pool) { database in
        let migrations = MigrationEngine(database, migrations: versions)
        try await migrations.up(to: version)
        let tables = try SchemaHistory(after: versions.prefix(version)).tables
        try await Self.fill(tables, try count ?? Self.rows, database)
        try await body(test, database, migrations)
      }
    }
  }

  private static func fill(
    _ tables: some Sequence<TableDefinition>, _ count: Int, _ database: Database
  ) async throws {
    for table in tables {
      let columns = table.columns.filter { !$0.isIdentity && !$0.isNullable && $0.defaultValue == nil }
      let names = columns.map(\.name).joined(separator: ", ")
      let values = columns.map(value).joined(separator: ", ")
      _ = try await database.unsafeQuery(
        unsafeSQL:
          "INSERT INTO \(table.name) (\(names)) SELECT \(values) FROM generate_series(1, \(count)) AS n")
    }
    _ = try await database.unsafeQuery(unsafeSQL: "ANALYZE")
  }

  /// A value for row n, which is also the row's identity, so that foreign keys have their targets.
  private static func value(_ column: ColumnDefinition) -> String {
    if let allowed = column.allowedValues?.first { return "'\(allowed)'" }
    return switch column.type {
    case .bigint, .integer: "n"
    case .boolean: "true"
    case .varchar, .text: "'v' || n"
    case .char(let length): "rpad(n::text, \(length), 'x')"
    case .json, .other: "'{}'"
    case .timestamp: "now() - n * interval '1 second'"
    case .date: "date '2000-01-01' + (n % 9000)"
    }
  }

  // MARK: Versions

  private static let language = ColumnDefinition(
    name: "language", type: .varchar(8), defaultValue: .text("en"))
  private static let serial = ColumnDefinition(name: "serial", type: .bigint, isNullable: true)
  private static let setting = ColumnDefinition(name: "setting_id", type: .bigint, isNullable: true)
  private static let counted = CheckDefinition(
    name: "settings_version_positive", columns: ["version"], condition: "version > 0")

  /// Each change that has no rule or follows its way around, on the tables with rows. Programs of version 1 run beside
  /// it, so the versions keep what these use.
  private static let later = [
    Migration(
      version: Schema.currentVersion + 1, name: "expand", oldestProgram: Schema.currentVersion,
      up: [
        .addColumn(language, table: "users"),
        .backfill(Backfill(table: "users", set: "language = 'de'", where: "id % 2 = 0")),
        .changeAllowedValues(of: "language", to: ["en", "de"], table: "users"),
        .createIndex(["language"], table: "users"),
        .changeType(of: "email", to: .text, table: "users"),
        .addColumn(serial, table: "sessions"),
        .backfill(Backfill(table: "sessions", set: "serial = id")),
        .addUniqueKey(["serial"], table: "sessions"),
        .createIndex(
          IndexDefinition(["user_id"], where: "revoked_at IS NULL", name: "open"), table: "sessions"),
        .addColumn(setting, table: "sessions"),
        .addReference(Reference(column: "setting_id", table: "settings"), table: "sessions"),
        .createIndex(["source"], table: "events"),
        .addColumn(.optionalMoment("seen_at"), table: "webhook_deliveries"),
      ], down: []),
    Migration(
      version: Schema.currentVersion + 2, name: "contract", oldestProgram: Schema.currentVersion + 1,
      up: [
        .backfill(Backfill(table: "settings", set: "version = 1", where: "version < 1")),
        SchemaChange.addCheck(counted, table: "settings")
          .allowing(.breaksRunningProgram, because: "every program counts up from 1"),
        SchemaChange.changeNullability(of: "language", isNullable: true, table: "users")
          .allowing(.breaksRunningProgram, because: "no program before this one reads it"),
        SchemaChange.changeNullability(of: "language", isNullable: false, table: "users")
          .allowing(.breaksRunningProgram, because: "no program before this one writes it"),
        .changeDefault(of: "language", to: .text("de"), table: "users"),
        .dropIndex(["language"], table: "users"),
        SchemaChange.dropReference(of: "setting_id", table: "sessions")
          .allowing(.breaksRunningProgram, because: "no program before this one uses it"),
        .dropCheck(counted.name, table: "settings"),
      ], down: []),
  ]
}
