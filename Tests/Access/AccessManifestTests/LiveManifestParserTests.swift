import Foundation
import Schema
import TestSupport
import Testing

@testable import AccessManifest

/// Manifests with `schema: live`, with and without the catalog of their database.
@Suite struct LiveManifestParserTests {
  private static let catalog = ["orders", "sales.carts", "sales.secrets", "sales.totals"].map {
    TableDefinition(
      name: $0, owner: nil,
      columns: [
        ColumnDefinition(name: "id", type: .other("uuid")), ColumnDefinition(name: "kind", type: .text),
      ])
  }

  private static func text(_ grants: String..., top: String = "", database: String = "") -> String {
    """
    version: 1
    schema: live
    administrators: { database: { account: shop_owner } }
    \(top)
    services:
      cart:
        database:
          account: shop_cart
          \(database.isEmpty ? "level: read-write" : database)
          grants:
            \(grants.joined(separator: "\n        "))
    """
  }

  private func problems(_ text: String, catalog: [TableDefinition]? = catalog) -> [String] {
    do throws(ManifestErrors) {
      _ = try AccessManifest.parse(text, catalog: catalog)
      return []
    } catch {
      return error.problems.map(\.description)
    }
  }

  @Test func `a pattern covers its schema, but for exceptions and tables with an own entry`() throws {
    let manifest = try AccessManifest.parse(
      Self.text(#""sales.*": { select: all, except: [sales.secrets] }"#, "sales.totals: [insert]"),
      catalog: Self.catalog)
    let account = try #require(manifest.databaseAccount(named: "shop_cart"))
    #expect(Set(account.grants.map(\.words)) == ["select on sales.carts", "insert on sales.totals"])
    #expect(manifest.tables.map(\.name) == ["sales.carts", "sales.totals"])
    #expect(manifest.owners["sales.carts"] == .shared(appendOnly: false))
    #expect(account.limits == .unlimited)
  }

  @Test(arguments: ["{ select: { rows: { kind: a } } }", "{ select: { columns: [id] } }"])
  func `two patterns with different limits on one table are an error, with and without the catalog`(
    _ limits: String
  ) {
    let text = Self.text(#""sales.*": [select]"#, #""sales.se*": \#(limits)"#)
    let words = "both grant 'select' on"
    let end = "with different limits: name it in 'except' of one of them, or in an entry of its own"
    #expect(
      problems(text) == ["access.yaml:12: 'sales.*' and 'sales.se*' \(words) 'sales.secrets', \(end)"])
    #expect(
      problems(text, catalog: nil) == [
        "access.yaml:12: 'sales.*' and 'sales.se*' \(words) the tables of 'sales.se*', \(end)"
      ])
    let apart = Self.text(
      #""sales.*": { select: all, except: ["sales.se*"] }"#, #""sales.se*": \#(limits)"#)
    #expect(problems(apart) == [] && problems(apart, catalog: nil) == [])
    let ownEntry = Self.text(
      #""sales.*": [select]"#, #""sales.se*": \#(limits)"#, "sales.secrets: [select]")
    #expect(problems(ownEntry) == [] && problems(ownEntry, catalog: nil) == [])
  }

  @Test func `two patterns with the same limits, or with other verbs, give each grant once`() throws {
    let text = Self.text(#""sales.*": [select]"#, #""sales.c*": [select, insert]"#)
    #expect(problems(text, catalog: nil) == [])
    let grants = try AccessManifest.parse(text, catalog: Self.catalog).databaseAccounts[0].grants
    #expect(
      grants.map(\.words) == [
        "select on sales.carts", "select on sales.secrets", "select on sales.totals", "insert on sales.carts",
      ])
  }

  @Test func `a table or a column that the database lacks is an error with its line`() {
    #expect(
      problems(Self.text("sales.cart: [select]")) == [
        "access.yaml:11: the database has no table or view 'sales.cart'; did you mean 'sales.carts'?"
      ])
    #expect(
      problems(Self.text("orders: { select: { columns: [ids] } }")) == [
        "access.yaml:11: table 'orders' has no column 'ids'; did you mean 'id'?"
      ])
    #expect(
      problems(Self.text(#""shop.*": [select]"#)) == [
        "access.yaml:11: no table of the database matches 'shop.*'"
      ])
    #expect(
      problems(Self.text("orders: { select: { rows: { id: mine } } }")) == [
        "access.yaml:11: column 'id' cannot scope rows: its type must be varchar or text"
      ])
  }

  @Test func `without a catalog the names of tables and patterns stay as they are written`() throws {
    let manifest = try AccessManifest.parse(
      Self.text(
        #""sales.*": { select: all, except: [sales.secrets] }"#, "orders: { select: { columns: [x] } }"))
    #expect(manifest.source == .named)
    #expect(
      manifest.databaseAccounts[0].grants.map(\.words) == ["select on sales.*", "select on orders (x)"])
    let narrowed = try AccessManifest.parse(Self.text("orders: { select: { columns: [x] } }"))
    #expect(
      ManifestDifference(from: manifest, to: narrowed).changes.map(\.message) == [
        "shop_cart loses select on sales.*"
      ])
  }

  @Test func `an account has its profile's fields, and its own grants in place of the profile's`() throws {
    let profile = """
      profiles:
        reader: { level: read-only, limits: { connections: 3 }, grants: { orders: [select], sales.carts: [select] } }
      """
    let manifest = try AccessManifest.parse(
      Self.text("orders: { select: { columns: [id] } }", top: profile, database: "like: reader"),
      catalog: Self.catalog)
    let account = manifest.databaseAccounts[0]
    #expect(account.level == .readOnly && account.limits.connections == 3)
    #expect(account.grants.map(\.words) == ["select on orders (id)", "select on sales.carts"])
    #expect(
      problems(Self.text("orders: [select]", top: profile, database: "like: raeder")).first?.hasSuffix(
        "unknown profile 'raeder'; did you mean 'reader'?") == true)
  }

  @Test func `a compiled manifest has neither profiles nor accounts with underscores`() {
    let found = problems(
      Self.text("orders: [select]", top: "profiles: { a: {} }").replacing(
        "schema: live", with: "schema: compiled"))
    #expect(found.contains("access.yaml:4: 'profiles' needs 'schema: live'"))
    #expect(found.contains { $0.contains("account 'shop_owner' must have") })
    #expect(
      problems(Self.text("orders: [select]").replacing("schema: live", with: "schema: life")).contains(
        "access.yaml:2: schema must be live or compiled, not 'life'"))
  }

  /// `sales.part` with two partitions, a view of it, a view of one partition, and a table that shows nothing.
  private static let related: [TableDefinition] = {
    func table(_ name: String, shown: Set<String> = [], ancestors: Set<String> = []) -> TableDefinition {
      var table = TableDefinition(
        name: name, owner: nil,
        columns: ["id", "tenant"].map { ColumnDefinition(name: $0, type: .text) })
      (table.shown, table.ancestors) = (shown, ancestors)
      return table
    }
    let parts: Set = ["sales.part_a", "sales.part_b"]
    return [
      table("sales.other"), table("sales.part", shown: parts),
      table("sales.part_a", shown: ["sales.part"], ancestors: ["sales.part"]),
      table("sales.part_b", shown: ["sales.part"], ancestors: ["sales.part"]),
      table("sales.pv", shown: parts.union(["sales.part"])),
      table("sales.pv_a", shown: ["sales.part", "sales.part_a"]),
    ]
  }()

  private static func granted(_ grants: String...) throws -> [String] {
    let text = Self.text(grants.joined(separator: "\n        "))
    return try AccessManifest.parse(text, catalog: related).databaseAccounts[0].grants.map(\.table).sorted()
  }

  @Test func `a pattern leaves out each relation that shows rows of a table with rows of its own`() throws {
    let all = #""sales.*": { select: all }"#
    #expect(
      try Self.granted(all, "sales.part: { select: { rows: { tenant: a } } }") == [
        "sales.other", "sales.part",
      ])
    // Rows of one partition are in its parent too, and not in the other partition.
    #expect(
      try Self.granted(all, "sales.part_a: { select: { rows: { tenant: a } } }") == [
        "sales.other", "sales.part_a", "sales.part_b",
      ])
    // An entry without limits takes nothing away, and a relation that is named stays.
    #expect(try Self.granted(all, "sales.part: [select]").count == 6)
    #expect(
      try Self.granted(all, "sales.part: { select: { rows: { tenant: a } } }", "sales.pv: [select]") == [
        "sales.other", "sales.part", "sales.pv",
      ])
    // A pattern with the same rows limits its tables itself.
    #expect(
      try Self.granted(
        #""sales.*": { select: { rows: { tenant: a } } }"#, "sales.part: { select: { rows: { tenant: a } } }"
      ).count == 6)
  }

  @Test func `a pattern leaves out the partitions of a table that it excepts or whose columns are named`()
    throws
  {
    #expect(
      try Self.granted(#""sales.*": { select: all, except: [sales.part] }"#) == [
        "sales.other", "sales.pv", "sales.pv_a",
      ])
    #expect(
      try Self.granted(#""sales.*": { select: all }"#, "sales.part: { select: { columns: [id] } }") == [
        "sales.other", "sales.part", "sales.pv", "sales.pv_a",
      ])
  }

  @Test func `a manifest without an administrator of the cache has no cache, and no account of one`() throws {
    let text = Self.text("orders: [select]")
    #expect(try !AccessManifest.parse(text, catalog: Self.catalog).administrators.hasCache)
    let named = text.replacing("shop_owner } }", with: "shop_owner }, cache: { account: cache-admin } }")
    #expect(try AccessManifest.parse(named, catalog: Self.catalog).administrators.hasCache)
    let withAccount = text.replacing(
      "  cart:\n", with: "  cart:\n    cache: { account: cart-cache, keys: { \"cart:*\": read } }\n")
    #expect(
      problems(withAccount).contains {
        $0.hasSuffix(
          "'cart' has a cache account, and 'administrators' names no 'cache': add { account: NAME }")
      }, "\(problems(withAccount))")
  }

  @Test func `a file is read once for the check without the database and the one against it`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("access.yaml")
    try Self.text(#""sales.*": [select]"#).write(toFile: path, atomically: true, encoding: .utf8)
    let document = try ManifestDocument(path: path)
    #expect(try document.manifest().source == .named)
    try FileManager.default.removeItem(atPath: path)
    let manifest = try document.manifest(over: Self.catalog)
    #expect(manifest.source == .catalog && manifest.tables.count == 3)
    // The text is dropped then, and a further check reads the file again.
    let error = #expect(throws: ManifestErrors.self) { try document.manifest(over: Self.catalog) }
    #expect(error?.description == "\(path): cannot be read")
  }
}
