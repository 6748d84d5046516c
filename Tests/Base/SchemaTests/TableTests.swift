import Schema
import Testing

@Suite struct TableTests {
  @Test func `the schema has the contract's tables with their owners`() {
    let owners = Dictionary(uniqueKeysWithValues: Schema.tables.map { ($0.name, $0.owner) })
    let contract: [String: String?] = [
      "users": "backend-api", "sessions": "backend-api", "settings": "backend-api",
      "user_tokens": "backend-api", "audit_log": nil,
      "backend_idempotency_keys": "backend-api",
      "integrations": "connector", "webhooks": "connector", "webhook_deliveries": "connector",
      "platform_integrations": "connector", "connector_offsets": "connector",
      "connector_set_aside_events": "connector", "connector_owners": "connector",
      "connector_idempotency_keys": "connector", "events": nil, "rollups": "analytics",
      "schema_migrations": "migrate-admin",
    ]
    #expect(owners.filter { contract.keys.contains($0.key) } == contract)
  }

  @Test(arguments: Schema.tables)
  func `the primary key of every table is a bigint identity named id`(table: TableDefinition) {
    #expect(table.identity?.name == "id")
    #expect(table.identity?.type == .bigint)
    #expect(table.columns.count { $0.isIdentity } == 1)
  }

  @Test(arguments: Schema.tables)
  func `table and column names are snake_case, and column names are unique`(table: TableDefinition) {
    let names = table.columns.map(\.name)
    #expect(Set(names).count == names.count)
    for name in names + [table.name] {
      #expect(name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber || $0 == "_") }, "\(name)")
    }
  }

  @Test(arguments: Schema.tables)
  func `keys, indexes and references name existing columns`(table: TableDefinition) {
    let mentioned =
      (table.uniqueKeys + table.indexes.map(\.columns)).flatMap { $0 } + table.references.map(\.column)
    for column in mentioned { #expect(table.column(named: column) != nil, "\(table.name).\(column)") }
  }

  @Test(arguments: Schema.tables)
  func `a reference never crosses owners`(table: TableDefinition) {
    for reference in table.references {
      #expect(Schema.table(named: reference.table)?.owner == table.owner)
    }
  }

  @Test func `a column is nullable exactly when its Swift type is optional`() {
    #expect(Users.shape.confirmedAt.definition.isNullable)
    #expect(!Users.shape.createdAt.definition.isNullable)
    #expect(WebhookDeliveries.shape.responseStatus.definition.isNullable)
  }

  @Test func `the users table has exactly the contract's columns`() {
    #expect(
      Users.definition.columns.map(\.name) == [
        "id", "email", "password", "active", "fs_uniquifier", "role", "confirmed_at", "created_at",
        "updated_at", "removed_setting_version",
      ])
    #expect(Users.definition.column(named: "role")?.allowedValues == ["member", "operator"])
    #expect(Users.definition.column(named: "active")?.defaultValue == .boolean(true))
  }

  @Test func `a lookup by name returns the table, or nil for an unknown name`() {
    #expect(Schema.table(named: "nothing") == nil)
    #expect(Schema.table(named: "users") == Users.definition)
  }
}
