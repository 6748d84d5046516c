import AccessAdministration
import Schema
import Testing

@testable import PostgresAdministration

/// Imports of catalogs, without a server.
@Suite struct PostgresImportTests {
  private static func table(_ name: String, columns: [String] = ["id"]) -> TableDefinition {
    TableDefinition(
      name: name, owner: nil, columns: columns.map { ColumnDefinition(name: $0, type: .text) })
  }

  private func text(of tables: [TableDefinition]) -> String {
    var state = PostgresState(database: "shop")
    state.roles["shop_owner"] = .administrator
    state.roles["web"] = PostgresRole()
    state.roles["web"]?.canLogin = true
    for table in tables {
      let object = PostgresObject.relation(table)
      state.owners[object] = "shop_owner"
      state.privileges.insert(PostgresPrivilege("SELECT", on: object, to: .role("web"), by: "shop_owner"))
    }
    return PostgresImport(
      state: state, tables: tables, selection: ImportSelection(), login: "shop_owner"
    ).text
  }

  @Test func `two tables whose names differ in bytes alone are a doubt, and no grant`() {
    let text = text(of: [Self.table("caf\u{E9}"), Self.table("cafe\u{301}"), Self.table("plain")])
    #expect(text.contains("plain") && !text.contains("grants:\n        \"caf"))
    #expect(text.split(separator: "\n").filter { $0.contains("in different forms of Unicode") }.count == 2)
  }

  @Test func `a table with two columns whose names differ in bytes alone is a doubt, and no grant`() {
    let text = text(of: [Self.table("notes", columns: ["\u{E9}", "e\u{301}"]), Self.table("plain")])
    #expect(text.contains("# doubt: the database has two names notes, or two columns"))
    #expect(!text.contains("  notes:"))
  }
}
