import Testing

@testable import SQLiteDriver

/// The rules as a pure function, without a database.
struct AccessRulesTests {
  private let rules: AccessRules
  private let inner: String
  private let trigger: String

  init() throws {
    var names = ScopedNames(makeToken: ScopedNames.randomToken)
    inner = names.makeInnerView(of: "channels")
    trigger = names.makeTrigger(on: "channels")
    rules = AccessRules(
      rights: SQLiteRights(tables: [
        "users": .init(select: .init(columns: ["id"]), update: .init(columns: ["name"])),
        "channels": .four(where: "platform", is: "twitch"),
      ]), names: names, knownRelations: ["users", "channels", "other"])
  }

  private func isAllowed(_ request: AccessRequest, in context: String? = nil) -> Bool {
    rules.decide(request, in: context) == .allow
  }

  @Test func `each column is allowed separately`() {
    #expect(isAllowed(.read(table: "users", column: "id", schema: "main")))
    #expect(!isAllowed(.read(table: "users", column: "name", schema: "main")))
    #expect(isAllowed(.update(table: "users", column: "name", schema: "main")))
    #expect(!isAllowed(.update(table: "users", column: "id", schema: "main")))
    #expect(isAllowed(.read(table: "users", column: "", schema: nil)))
  }

  @Test func `a request without an explicit right is denied`() {
    #expect(!isAllowed(.read(table: "other", column: "id", schema: "main")))
    #expect(!isAllowed(.read(table: "other", column: "", schema: nil)))
    #expect(!isAllowed(.insert(table: "users", schema: "main")))
    #expect(!isAllowed(.delete(table: "users", schema: "main")))
    #expect(!isAllowed(.function("load_extension")))
    #expect(!isAllowed(AccessRequest(code: 9_999, first: nil, second: nil, schema: nil)))
  }

  @Test func `a right does not cover a table of the same name in another schema`() {
    #expect(!isAllowed(.read(table: "users", column: "id", schema: "temp")))
    #expect(!isAllowed(.update(table: "users", column: "name", schema: "other")))
  }

  @Test func `only the inner view and the triggers reach the base table`() {
    let base = AccessRequest.read(table: "channels", column: "id", schema: "main")
    #expect(isAllowed(base, in: inner))
    #expect(isAllowed(base, in: trigger))
    #expect(!isAllowed(base))
    #expect(!isAllowed(base, in: "scoped_channels"))
    #expect(!isAllowed(base, in: "b_guess"))
    #expect(isAllowed(.insert(table: "channels", schema: "main"), in: trigger))
    #expect(!isAllowed(.insert(table: "channels", schema: "main"), in: inner))
    #expect(!isAllowed(.insert(table: "channels", schema: "main")))
  }

  @Test func `a view or trigger reaches its own table only`() {
    let users = AccessRequest.read(table: "users", column: "name", schema: "main")
    #expect(!isAllowed(users, in: inner))
    #expect(!isAllowed(users, in: trigger))
    #expect(!isAllowed(.delete(table: "users", schema: "main"), in: trigger))
  }

  @Test func `only the public view may read the inner view`() {
    let read = AccessRequest.read(table: inner, column: "id", schema: "temp")
    #expect(isAllowed(read, in: "scoped_channels"))
    #expect(!isAllowed(read))
    #expect(!isAllowed(read, in: "other"))
    #expect(isAllowed(.read(table: "scoped_channels", column: "id", schema: "temp")))
  }

  @Test func `a relation that is not a table may be counted`() {
    #expect(isAllowed(.read(table: "c", column: "", schema: nil)))
    #expect(!isAllowed(.read(table: "sqlite_schema", column: "", schema: nil)))
    #expect(!isAllowed(.read(table: "pragma_table_list", column: "", schema: nil)))
    #expect(!isAllowed(.read(table: inner, column: "", schema: nil)))
    #expect(!isAllowed(.read(table: "channels", column: "", schema: nil)))
  }

  @Test func `a denial contains no secret name`() {
    #expect(
      rules.decide(.read(table: inner, column: "id", schema: "temp"), in: nil)
        == .deny(Denial(verb: .select, table: "<scope>", column: "id")))
    #expect(
      rules.decide(.read(table: "channels", column: "id", schema: "main"), in: nil)
        == .deny(Denial(verb: .select, table: "channels", column: "id")))
  }
}

struct SQLiteRightsTests {
  @Test func `rights are read back as stored`() throws {
    for (_, rights) in TestFile.accounts {
      #expect(try SQLiteRights(json: rights.json()) == rights)
    }
  }

  @Test(arguments: ["sqlite_schema", "bulkhead_rights", "Users", "a b", "a\"b", "", "1a", "scoped_x", "é"])
  func `rights on an ambiguous or reserved name are rejected`(_ table: String) {
    #expect(throws: SQLiteRights.RightsError.badName(table)) {
      try SQLiteRights(tables: [table: .four]).validate()
    }
  }

  @Test func `columns that SQLite cannot enforce are rejected`() {
    let insert = SQLiteRights(tables: ["users": .init(insert: .init(columns: ["id"]))])
    #expect(throws: SQLiteRights.RightsError.columnsNotEnforceable(table: "users", verb: "insert")) {
      try insert.validate()
    }
  }

  @Test func `a scope's value is always a literal`() throws {
    let file = try TestFile()
    let value = "it's \"quoted\"; DROP TABLE users"
    let rights = SQLiteRights(tables: ["platform_integrations": .four(where: "platform", is: value)])
    try file.store(rights, for: "odd", by: file.admin())
    let session = try file.session(as: "odd")
    #expect(try session.rows("SELECT * FROM scoped_platform_integrations").isEmpty)
    try session.rows(
      "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES (?, 'x')", .text(value))
    #expect(try session.rows("SELECT platform FROM scoped_platform_integrations") == [[.text(value)]])
    try session.denial(
      of: "INSERT INTO scoped_platform_integrations (platform, external_id) VALUES ('it', 'x')")
  }
}
