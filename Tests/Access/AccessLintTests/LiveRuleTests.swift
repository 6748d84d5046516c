import AccessManifest
import Testing

@testable import AccessLint

/// The rules that need facts of a live database, over facts as values.
@Suite struct LiveRuleTests {
  private func findings(_ change: (inout LiveAccessFacts) -> Void) throws -> [String] {
    var manifest = SmallManifest()
    manifest.oneLevel = "scoped read-write"
    manifest.one = "notes: { \"select, delete\": { rows: { owner: one } } }"
    var facts = LiveAccessFacts()
    change(&facts)
    return try manifest.findings(live: facts)
  }

  @Test func `facts without a fault have no finding`() throws {
    #expect(try findings { _ in } == [])
  }

  @Test func `a definer function without a fixed search path is found`() throws {
    #expect(
      try findings { $0.looseDefiners = ["leak()"] } == [
        "definer-without-search-path: leak() runs with its owner's rights, and its caller chooses the search_path"
      ])
  }

  @Test func `a privilege on the whole table beside a column grant is found`() throws {
    #expect(
      try findings {
        $0.wholeTableRights = [LiveAccessFacts.Right(account: "two", table: "notes", name: "select")]
      } == [
        "hidden-column-grant: two holds select on the whole table notes beside its column grant"
      ])
  }

  @Test func `a policy for an account without the privilege is found`() throws {
    #expect(
      try findings {
        $0.idlePolicies = [LiveAccessFacts.Right(account: "two", table: "notes", name: "extra")]
      } == [
        "policy-without-grant: the policy extra on notes is for two, which lacks the privilege"
      ])
  }

  @Test func `a row scope without an index is found where the table is large`() throws {
    let large = AccessLint.largeTableRows
    func found(_ rows: Int, _ indexed: Set<String>) throws -> Int {
      try findings { $0.tables["notes"] = LiveAccessFacts.Table(rows: rows, indexed: indexed) }.count
    }
    #expect(try found(large, ["id", "title"]) == 1)
    #expect(try found(large - 1, ["id"]) == 0)
    #expect(try found(large, ["owner"]) == 0)
  }

  @Test func `the live server's connections go before the declared ones`() throws {
    #expect(
      try findings { $0.connections = 22 } == [
        "too-many-connections: the accounts' limits add up to 20 connections, and 3 of bulkhead; the server accepts 22"
      ])
    #expect(try findings { $0.connections = 23 } == [])
  }
}
