import AccessManifest
import Schema
import TestSupport

@testable import AccessLint

/// A small manifest over tables of its own: notes belong to `one`, and `two` is a guest.
///
/// ```yaml
/// notes: { owner, title, token, kind, team, unique (owner, title) }   links: { label, tag_id -> tags }
/// tags: { owner, label, unique (label) }, shared
/// ```
struct SmallManifest {
  var top = ""
  var one = "notes: [select, insert, update, delete]"
  var oneLevel = "read-write"
  var two = "tags: [select]"
  var twoLevel = "read-only"
  var twoAccount = ""
  var twoReaches = ""
  var oneKeys = "\"one:*\": read-write"

  static let tables = [
    TableDefinition(
      name: "notes", owner: "one",
      columns: [
        identity, column("owner"), column("title"), column("token"),
        ColumnDefinition(name: "kind", type: .text, defaultValue: .text("plain")),
        ColumnDefinition(name: "team", type: .text, isNullable: true),
      ],
      uniqueKeys: [["owner", "title"]]),
    TableDefinition(
      name: "links", owner: "one",
      columns: [identity, column("label"), ColumnDefinition(name: "tag_id", type: .bigint)],
      references: [Reference(column: "tag_id", table: "tags")]),
    TableDefinition(
      name: "tags", owner: nil, columns: [identity, column("owner"), column("label")], uniqueKeys: [["label"]]
    ),
  ]

  private static let identity = ColumnDefinition(name: "id", type: .bigint, isIdentity: true)

  private static func column(_ name: String) -> ColumnDefinition { ColumnDefinition(name: name, type: .text) }

  var text: String {
    """
    version: 1
    \(top)
    administrators: { database: { account: admin }, cache: { account: cache-admin } }
    shared: { tags: { append_only: false } }
    services:
      one:
        owns: [notes, links]
        database:
          account: one-rw
          level: \(oneLevel)
          limits: { connections: 10, statement: 5s, idle_in_transaction: 10s }
          grants:
            \(one)
        cache: { account: one-cache, keys: { \(oneKeys) } }
      two:
        \(twoReaches.isEmpty ? "" : "reaches: { \(twoReaches): in the tests }")
        database:
          account: two
          level: \(twoLevel)
          limits: { connections: 10, statement: 5s, idle_in_transaction: 10s }
          \(twoAccount)
          grants: { \(two) }
    """
  }

  func manifest() throws -> AccessManifest {
    try AccessManifest.parse(text, tables: Self.tables)
  }

  func report(live: LiveAccessFacts? = nil) throws -> AccessLintReport {
    AccessLint(try manifest(), tables: Self.tables, live: live).report()
  }

  /// The findings, each as `rule: message`.
  func findings(live: LiveAccessFacts? = nil) throws -> [String] {
    try report(live: live).findings.map { "\($0.rule.rawValue): \($0.message)" }
  }

  func rules(live: LiveAccessFacts? = nil) throws -> [AccessRule] {
    try report(live: live).findings.map(\.rule)
  }
}
