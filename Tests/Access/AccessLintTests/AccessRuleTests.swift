import AccessManifest
import Foundation
import TestSupport
import Testing

@testable import AccessLint

/// Each rule: a manifest that violates it, and one beside it that does not.
@Suite struct AccessRuleTests {
  @Test func `a manifest without a fault has no finding`() throws {
    #expect(try SmallManifest().findings() == [])
  }

  @Test func `an insert within rows that may not write the scope's column is found`() throws {
    var manifest = SmallManifest()
    manifest.twoLevel = "scoped read-write"
    manifest.two = "tags: { insert: { columns: [id], rows: { owner: two } } }"
    #expect(
      try manifest.findings().first
        == "policy-without-grant: two may insert into tags within owner = two, and may not write owner")
    manifest.two = "tags: { insert: { columns: [owner], rows: { owner: two } } }"
    #expect(try manifest.rules() == [])
  }

  @Test func `an insert within rows may leave the scope's column to its default`() throws {
    var manifest = SmallManifest()
    manifest.one = "notes: { insert: { columns: [owner, title, token], rows: { kind: plain } } }"
    manifest.oneLevel = "scoped read-write"
    #expect(try !manifest.rules().contains(.unusableRowScope))
    manifest.one = "notes: { insert: { columns: [owner, title, token], rows: { kind: other } } }"
    #expect(try manifest.rules().contains(.unusableRowScope))
  }

  @Test func `a column grant that names every column is found`() throws {
    var manifest = SmallManifest()
    manifest.two = "tags: { select: { columns: [id, label, owner] } }"
    #expect(
      try manifest.findings() == [
        "hidden-column-grant: two has select on a list that names every column of tags"
      ])
    manifest.two = "tags: { select: { columns: [id, label] } }"
    #expect(try manifest.rules() == [])
  }

  @Test(arguments: [
    ("[update]", true), ("[delete]", true), ("{ select: { columns: [owner] }, update: all }", true),
    ("[insert]", false), ("{ select: { columns: [id] }, update: all }", false),
    ("{ select: { columns: [owner, title] }, delete: all }", false), ("[select, update, delete]", false),
  ])
  func `an update or a delete needs select on a key`(grants: String, isFound: Bool) throws {
    var manifest = SmallManifest()
    manifest.one = "notes: \(grants)"
    #expect(try manifest.rules().contains(.writeWithoutRead) == isFound)
  }

  @Test(arguments: [
    ("read-write", "tags: [select]", true), ("scoped read-write", "tags: [select]", true),
    ("read-write", "tags: { insert: { columns: [owner, id], rows: { owner: two } } }", true),
    ("read-only", "tags: [select]", false),
    ("scoped read-write", "tags: { insert: { columns: [owner], rows: { owner: two } } }", false),
    ("read-write", "tags: [insert]", false),
  ])
  func `a level above the grants is found`(level: String, grants: String, isFound: Bool) throws {
    var manifest = SmallManifest()
    (manifest.twoLevel, manifest.two) = (level, grants)
    #expect(try manifest.rules().contains(.excessiveLevel) == isFound)
  }

  @Test func `two accounts that write the same rows are found at the guest's grants`() throws {
    var manifest = SmallManifest()
    (manifest.twoLevel, manifest.twoReaches) = ("read-write", "notes")
    manifest.two = "notes: [insert]"
    let report = try manifest.report()
    #expect(
      report.findings.map(\.message) == ["two writes rows of notes that one-rw may write too"])
    #expect(report.findings.map(\.rule) == [.sharedWriters])
    #expect(report.findings.map(\.account) == ["two"])
    #expect(report.findings.first?.line != nil)
  }

  @Test func `accounts that write rows apart by one column are not found, and apart by two columns they are`()
    throws
  {
    var manifest = SmallManifest()
    (manifest.oneLevel, manifest.twoLevel) = ("scoped read-write", "scoped read-write")
    manifest.one = "tags: { insert: { columns: [owner], rows: { owner: one } } }"
    manifest.two = "tags: { insert: { columns: [owner], rows: { owner: two } } }"
    #expect(try !manifest.rules().contains(.sharedWriters))
    manifest.two = "tags: { insert: { columns: [owner, label], rows: { label: two } } }"
    #expect(try manifest.rules().contains(.sharedWriters))
  }

  @Test func `a secret column that a second account may read is found`() throws {
    var manifest = SmallManifest()
    manifest.top = "secret_columns: { notes: [token] }"
    manifest.twoReaches = "notes"
    manifest.two = "notes: [select]"
    #expect(
      try manifest.findings() == ["readable-secret: two may read notes.token, a secret of another account"])
    manifest.two = "notes: { select: { columns: [id, title] } }"
    #expect(try manifest.rules() == [])
  }

  @Test func `a secret column of a shared table may have one reader`() throws {
    var manifest = SmallManifest()
    manifest.top = "secret_columns: { tags: [label] }"
    #expect(try manifest.rules() == [])
    manifest.one = "tags: [select]"
    #expect(try manifest.rules().contains(.readableSecret))
  }

  @Test func `a write within rows on a table whose unique key spans all rows is found`() throws {
    var manifest = SmallManifest()
    manifest.twoLevel = "scoped read-write"
    manifest.two = "tags: { insert: { rows: { owner: two } } }"
    #expect(
      try manifest.findings() == [
        "telling-unique-key: two may insert rows of tags within owner = two, and the unique key (label) spans all rows"
      ])
    manifest.two = "tags: { insert: { columns: [owner, id], rows: { owner: two } } }"
    #expect(try manifest.findings().contains { $0.contains("the unique key (id) spans") })
    (manifest.one, manifest.oneLevel) = (
      "notes: { insert: { columns: [owner, title, token], rows: { owner: one } } }", "scoped read-write"
    )
    manifest.two = "tags: { insert: { columns: [owner], rows: { owner: two } } }"
    #expect(try !manifest.rules().contains(.tellingUniqueKey))
  }

  @Test func `a row scope on a column that may be NULL is found`() throws {
    var manifest = SmallManifest()
    manifest.one = "notes: { select: { rows: { team: red } } }"
    #expect(
      try manifest.findings().contains {
        $0 == "nullable-policy: one-rw has select on notes within team = red, and team may be NULL"
      })
    manifest.one = "notes: { select: { rows: { owner: red } } }"
    #expect(try !manifest.rules().contains(.nullableRowScope))
  }

  @Test(arguments: [
    ("", true), ("tags: { select: { columns: [label] } }", true),
    ("tags: { select: { rows: { owner: one } } }", true), ("tags: { select: { columns: [id] } }", false),
    ("tags: [select]", false),
  ])
  func `a write of a foreign key to rows that the account may not read is found`(
    select: String, isFound: Bool
  ) throws {
    var manifest = SmallManifest()
    manifest.one = "links: [insert]\n        \(select)"
    #expect(try manifest.rules().contains(.tellingReference) == isFound)
    manifest.one = "links: { insert: { columns: [label] } }\n        \(select)"
    #expect(try !manifest.rules().contains(.tellingReference))
  }

  @Test func `an account without a grant of its own, and a cache account without keys, are found`() throws {
    var manifest = SmallManifest()
    (manifest.two, manifest.oneKeys) = ("", "")
    manifest.top = "everyone: { tags: [select] }"
    #expect(
      Set(try manifest.findings()) == [
        "unused-account: two has no grant of its own", "unused-account: one-cache has no keys",
      ])
  }

  @Test func `limits that add up to more than the server accepts are found`() throws {
    var manifest = SmallManifest()
    manifest.top = "database: { time_zone: UTC, max_connections: 26 }"
    #expect(try manifest.rules() == [])
    manifest.top = "database: { time_zone: UTC, max_connections: 25 }"
    #expect(
      try manifest.findings() == [
        "too-many-connections: the accounts' limits add up to 20 connections, and 3 of bulkhead; the server accepts 22"
      ])
    var live = LiveAccessFacts()
    live.connections = 23
    #expect(try manifest.rules(live: live) == [])
  }

  @Test func `the documentation lists every rule with its words`() throws {
    let text = try String(contentsOfFile: Checkout.path("docs/access.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").filter { row in
      AccessRule.allCases.contains { row.hasPrefix("| `\($0.rawValue)` |") }
    }
    let expected = AccessRule.allCases.map { rule in
      "| `\(rule.rawValue)` | \(rule.severity.rawValue) | \(rule.text.finds) | \(rule.text.reason) | "
        + "\(rule.text.instead) |"
    }
    #expect(rows.map(String.init) == expected)
  }
}
