import Migrations
import Schema
import Testing

@Suite struct HistoryTests {
  private func history(_ migrations: [Migration]) throws -> SchemaHistory {
    var history = SchemaHistory()
    for change in migrations.flatMap(\.up) { try history.apply(change) }
    return history
  }

  @Test func `the migrations produce the declared schema, table by table`() throws {
    let tables = try history(Migration.all).tables + [SchemaMigrations.definition]
    #expect(Set(tables) == Set(Schema.tables))
    #expect(tables.count == Schema.tables.count)
  }

  @Test func `the schema's version is the newest migration`() {
    #expect(Migration.all.last?.version == Schema.currentVersion)
    #expect(Migration.all.map(\.version) == Array(1...Schema.currentVersion))
  }

  @Test(arguments: Migration.all)
  func `every migration's down reverts its up`(migration: Migration) throws {
    let before = try history(Migration.all.filter { $0.version < migration.version })
    var after = before
    for change in migration.up + migration.down { try after.apply(change) }
    #expect(after == before)
    #expect(!migration.down.isEmpty)
  }

  /// Applied migrations are history. A developer who changes one on purpose must update this list too.
  @Test func `no published migration has changed`() {
    let published = [
      "1 accounts 58cbdf82e73c", "2 integrations 1bc1f6d1c752", "3 platform_integrations f3f52520cb39",
      "4 events 62e4da9df1c7", "5 rollups b2ca53119f5c",
      "6 indexes_of_creation_times ca478baf29df", "7 event_feed 308d8903ea3e",
      "8 setting_versions 23b295a832f6",
    ]
    let made = Migration.all.map { "\($0.version) \($0.name) \($0.checksum.prefix(12))" }
    #expect(Array(made.prefix(published.count)) == published)
  }

  @Test func `changes to one table accumulate`() throws {
    var history = SchemaHistory()
    let column = ColumnDefinition(name: "a", type: .text)
    try history.apply(
      .createTable(TableDefinition(name: "t", owner: nil, columns: [column], uniqueKeys: [["a"]])))
    try history.apply(.addColumn(ColumnDefinition(name: "b", type: .bigint), table: "t"))
    try history.apply(.createIndex(["a", "b"], table: "t"))
    try history.apply(.renameColumn("a", to: "c", table: "t"))
    #expect(history.tables.first?.columns.map(\.name) == ["c", "b"])
    #expect(history.tables.first?.indexes == [["c", "b"]])
    #expect(history.tables.first?.uniqueKeys == [["c"]])
    try history.apply(.dropIndex(["c", "b"], table: "t"))
    try history.apply(.dropColumn("b", table: "t"))
    #expect(history.tables.first?.columns.map(\.name) == ["c"])
  }

  @Test func `a change that contradicts the tables is rejected`() throws {
    var history = SchemaHistory()
    let table = TableDefinition(name: "t", owner: nil, columns: [ColumnDefinition(name: "a", type: .text)])
    try history.apply(.createTable(table))
    #expect(throws: SchemaHistory.Contradiction.tableExists("t")) { try history.apply(.createTable(table)) }
    #expect(throws: SchemaHistory.Contradiction.noTable("u")) { try history.apply(.dropTable("u")) }
    #expect(throws: SchemaHistory.Contradiction.noColumn("b", table: "t")) {
      try history.apply(.dropColumn("b", table: "t"))
    }
    #expect(throws: SchemaHistory.Contradiction.columnExists("a", table: "t")) {
      try history.apply(.addColumn(ColumnDefinition(name: "a", type: .text), table: "t"))
    }
  }
}
