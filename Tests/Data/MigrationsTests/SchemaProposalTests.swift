import Schema
import Testing

@testable import Migrations

/// What `migrate new --auto` proposes.
@Suite struct SchemaProposalTests {
  private func table(
    _ name: String, _ columns: [ColumnDefinition], uniqueKeys: [[String]] = [],
    indexes: [IndexDefinition] = [], references: [Reference] = [], checks: [CheckDefinition] = []
  ) -> TableDefinition {
    TableDefinition(
      name: name, owner: "backend-api", columns: [.identity] + columns, uniqueKeys: uniqueKeys,
      indexes: indexes,
      references: references, checks: checks)
  }

  private func changed(
    _ name: String, _ change: (TableDefinition) -> TableDefinition
  ) throws -> SchemaProposal {
    let declared = Schema.tables.map { $0.name == name ? change($0) : $0 }
    return try SchemaProposal.ofSchema(declared)
  }

  private func with(_ table: TableDefinition, _ columns: [ColumnDefinition]) -> TableDefinition {
    TableDefinition(
      name: table.name, owner: table.owner, columns: columns, uniqueKeys: table.uniqueKeys,
      indexes: table.indexes,
      references: table.references, checks: table.checks)
  }

  @Test func `an unchanged schema gives no step`() throws {
    let proposal = try SchemaProposal.ofSchema()
    #expect(proposal.isEmpty && proposal.down.isEmpty)
  }

  @Test func `a column that is added gives an additive step with its reverse`() throws {
    let locale = ColumnDefinition(name: "locale", type: .varchar(16), isNullable: true)
    let proposal = try changed("users") { with($0, $0.columns + [locale]) }
    let template = try #require(MigrationTemplate(version: 6, name: "add_locale"))
    #expect(
      template.contents(filledWith: proposal) == """
        import Schema

        extension Migration {
          /// State here why the schema changes.
          static let v0006 = Migration(
            version: 6, name: "add_locale",
            // The step only adds, so the programs of the version before are compatible with it.
            oldestProgram: 5,
            up: [
              .addColumn(ColumnDefinition(name: "locale", type: .varchar(16), isNullable: true), table: "users")
            ],
            down: [
              .dropColumn("locale", table: "users")
            ])
        }

        """)
    #expect(proposal.up.map(\.change) == [.addColumn(locale, table: "users")])
  }

  @Test func `a table that is added is written as the existing versions write it`() throws {
    let notes = table(
      "user_notes",
      [
        ColumnDefinition(name: "user_id", type: .bigint), .document("body", default: "{\"a\": \"b\"}"),
        ColumnDefinition(
          name: "state", type: .varchar(8), defaultValue: .text("new"), allowedValues: ["new", "old"]),
        .moment("created_at"), .optionalMoment("read_at"),
      ],
      uniqueKeys: [["user_id", "state"]],
      indexes: [["created_at"], IndexDefinition(["state"], where: "read_at IS NULL")],
      references: [Reference(column: "user_id", table: "users", onDelete: .refuse)],
      checks: [
        CheckDefinition(name: "user_notes_order", columns: ["read_at"], condition: "read_at >= created_at")
      ])
    let proposal = try SchemaProposal.ofSchema(Schema.tables + [notes])
    let template = try #require(MigrationTemplate(version: 6, name: "user_notes"))
    #expect(
      template.contents(filledWith: proposal) == #"""
        import Schema

        extension Migration {
          /// State here why the schema changes.
          static let v0006 = Migration(
            version: 6, name: "user_notes",
            // The step only adds, so the programs of the version before are compatible with it.
            oldestProgram: 5,
            up: [
              .createTable(userNotes)
            ],
            down: [
              .dropTable("user_notes")
            ])

          private static let userNotes = TableDefinition(
            name: "user_notes", owner: "backend-api",
            columns: [
              .identity,
              ColumnDefinition(name: "user_id", type: .bigint),
              .document("body", default: "{\"a\": \"b\"}"),
              ColumnDefinition(name: "state", type: .varchar(8), defaultValue: .text("new"), allowedValues: ["new", "old"]),
              .moment("created_at"),
              .optionalMoment("read_at"),
            ],
            uniqueKeys: [["user_id", "state"]],
            indexes: [["created_at"], IndexDefinition(["state"], where: "read_at IS NULL")],
            references: [Reference(column: "user_id", table: "users", onDelete: .refuse)],
            checks: [CheckDefinition(name: "user_notes_order", columns: ["read_at"], condition: "read_at >= created_at")])
        }

        """#)
  }

  @Test func `a column that may have been renamed becomes a drop and an add with a question`() throws {
    let proposal = try changed("webhooks") { table in
      with(
        table,
        table.columns.map { $0.name == "secret" ? ColumnDefinition(name: "signing_key", type: .text) : $0 })
    }
    #expect(!proposal.isAdditive)
    let text = SourceText.list(proposal.up, indent: "")
    #expect(text.contains("// Rows exist, and signing_key is NOT NULL without a default."))
    #expect(text.contains("// The values of secret are lost."))
    #expect(
      text.contains(
        #"// Or is it renamed? Then .renameColumn("secret", to: "signing_key", table: "webhooks")"#))
    let template = try #require(MigrationTemplate(version: 6, name: "rename_secret"))
    #expect(template.contents(filledWith: proposal).contains("oldestProgram: 6,"))
  }

  @Test
  func `a changed column gives one change for each property, and a question where rows may stand in the way`()
    throws
  {
    let proposal = try changed("users") { table in
      with(
        table,
        table.columns.map { column in
          switch column.name {
          case "role":
            ColumnDefinition(
              name: "role", type: .varchar(32), defaultValue: .text("operator"), allowedValues: ["operator"])
          case "confirmed_at": ColumnDefinition(name: "confirmed_at", type: .timestamp)
          default: column
          }
        })
    }
    #expect(
      proposal.up.map(\.change) == [
        .changeType(of: "role", to: .varchar(32), table: "users"),
        .changeDefault(of: "role", to: .text("operator"), table: "users"),
        .changeAllowedValues(of: "role", to: ["operator"], table: "users"),
        .changeNullability(of: "confirmed_at", isNullable: false, table: "users"),
      ])
    #expect(proposal.up.map { $0.questions.isEmpty } == [false, true, false, false])
    #expect(proposal.down.allSatisfy { $0.questions.isEmpty })
  }

  /// Any of these may be the schema before, and any the schema after.
  private func schemas() throws -> [[TableDefinition]] {
    let versions = try (0...Migration.all.count).map {
      try SchemaHistory(after: Migration.all.prefix($0)).tables
    }
    let parent = table(
      "parents", [ColumnDefinition(name: "a", type: .text), ColumnDefinition(name: "b", type: .date)])
    let child = table(
      "children",
      [ColumnDefinition(name: "parent_id", type: .bigint), ColumnDefinition(name: "c", type: .integer)],
      uniqueKeys: [["c"]],
      indexes: [["parent_id", "c"], IndexDefinition(["c"], isUnique: true, name: "one_c")],
      references: [Reference(column: "parent_id", table: "parents")],
      checks: [CheckDefinition(name: "positive", columns: ["c"], condition: "c > 0")])
    let other = table(
      "children", [ColumnDefinition(name: "parent_id", type: .bigint, isNullable: true)],
      indexes: [["parent_id"]],
      references: [Reference(column: "parent_id", table: "parents", onDelete: .setNull)])
    return versions + [[parent, child], [parent, other], [parent], []]
  }

  @Test func `the proposed changes lead from any schema to any other, and back`() throws {
    for before in try schemas() {
      for after in try schemas() {
        let proposal = SchemaProposal(from: before, to: after)
        var history = SchemaHistory()
        for table in before { try history.apply(.createTable(table)) }
        for item in proposal.up { try history.apply(item.change) }
        #expect(Self.unordered(history.tables) == Self.unordered(after))
        for item in proposal.down { try history.apply(item.change) }
        #expect(Self.unordered(history.tables) == Self.unordered(before))
      }
    }
  }

  /// A table without the order of its parts, which has no meaning.
  private struct Unordered: Hashable {
    let name: String
    let columns: Set<ColumnDefinition>
    let uniqueKeys: Set<[String]>
    let indexes: Set<IndexDefinition>
    let references: Set<Reference>
    let checks: Set<CheckDefinition>

    init(_ table: TableDefinition) {
      name = table.name
      columns = Set(table.columns)
      uniqueKeys = Set(table.uniqueKeys)
      indexes = Set(table.indexes)
      references = Set(table.references)
      checks = Set(table.checks)
    }
  }

  private static func unordered(_ tables: [TableDefinition]) -> Set<Unordered> {
    Set(tables.map { Unordered($0) })
  }
}
