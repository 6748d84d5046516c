import AccessAdministration
import AccessPlanning
import DataAccess
import SQLiteAdministration
import SQLiteDriver
import Testing

/// A change of the rights in a file without the tool, of one kind of the list of coverage.
struct FileChange: Sendable {
  let kind: String
  let account: String
  let object: String
  var column: String?
  let make: @Sendable (EmbeddedFleet) async throws -> Void

  init(
    _ kind: String, names account: String, _ object: String, column: String? = nil,
    by make: @escaping @Sendable (EmbeddedFleet) async throws -> Void
  ) {
    (self.kind, self.account, self.object, self.column, self.make) = (kind, account, object, column, make)
  }

  /// A change of the stored rights of an account on a table.
  private static func of(
    _ kind: String, _ account: String, _ object: String, column: String? = nil,
    _ change: @escaping @Sendable (inout SQLiteRights.TableRights) -> Void
  ) -> FileChange {
    FileChange(kind, names: account, object, column: column) { fleet in
      try await fleet.tamper(account) { change(&$0.tables[object, default: SQLiteRights.TableRights()]) }
    }
  }

  private static func storing(_ kind: String, _ account: String, _ rights: String) -> FileChange {
    FileChange(kind, names: account, SQLiteRights.tableName) { fleet in
      _ = try await fleet.administrator.unsafeQuery(
        unsafeSQL: SQLiteRights.storeSQL, [.text(account), .text(rights)])
    }
  }

  static let all: [FileChange] = [
    FileChange("table of rights", names: "connector-rw", SQLiteRights.tableName) { fleet in
      _ = try await fleet.administrator.unsafeQuery(unsafeSQL: "DROP TABLE \(SQLiteRights.tableName)")
    },
    FileChange("account without rights", names: "connector-rw", SQLiteRights.tableName) { fleet in
      _ = try await fleet.administrator.unsafeQuery(
        unsafeSQL: SQLiteRights.removeSQL, [.text("connector-rw")])
    },
    storing("account outside the manifest", "stranger", #"{"tables":{}}"#),
    storing("account outside the manifest", "migrate-admin", #"{"tables":{}}"#),
    storing("unreadable rights", "connector-rw", "{"),
    storing("unreadable rights", "connector-rw", #"{"tables":{"users":{"delete":{"columns":["id"]}}}}"#),
    of("verb on a table", "connector-rw", "rollups") { $0.delete = .all },
    of("verb on a table", "analytics-ro", "rollups") { $0.select = nil },
    of("verb on a table", "twitch-trigger", "platform_integrations") { $0.delete = nil },
    of("column of a verb", "analytics-ro", "users", column: "email") { $0.select?.columns?.append("email") },
    of("column of a verb", "analytics-ro", "users", column: "role") {
      $0.select?.columns?.removeAll { $0 == "role" }
    },
    of("row scope of a verb", "twitch-trigger", "platform_integrations") { $0.select?.rows = nil },
    of("row scope of a verb", "twitch-trigger", "platform_integrations") {
      $0.update?.rows?.value = "discord"
    },
    of("row scope of a verb", "connector-rw", "events") { $0.insert?.rows?.column = "type" },
  ]
}

/// Changes by hand of the rights in a file, one after the other.
@Suite struct FileChangeTests {
  /// `LiveSchemaTests` changes them by hand.
  private static let ofSchema = "tables, views and triggers of the file"

  @Test func `each change of the rights in a file is named and mended`() async throws {
    let fleet = try await EmbeddedFleet()
    for change in FileChange.all {
      try await change.make(fleet)
      let found = try await fleet.deviations()
      let hits = found.filter {
        [$0.account, $0.object] == [change.account, change.object]
          && (change.column == nil || $0.column == change.column)
      }
      #expect(!hits.isEmpty, "\(change.kind): \(found.map(\.message))")
      _ = try await fleet.access.apply()
      #expect(try await fleet.deviations().map(\.message) == [], "\(change.kind)")
    }
    #expect(try await fleet.proof().violations.map(\.description) == [])
    await fleet.close()
  }

  @Test func `each kind that the comparison of a file covers has a change by hand`() {
    let claimed = AccessCoverage.sqlite.kinds.filter { $0.treatment == .compared || $0.treatment == .named }
    #expect(Set(claimed.map(\.name)) == Set(FileChange.all.map(\.kind) + [Self.ofSchema]))
  }
}
