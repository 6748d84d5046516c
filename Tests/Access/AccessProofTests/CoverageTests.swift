import AccessAdministration
import DatabaseTestSupport
import Foundation
import MariaDBAdministration
import MemoryCacheAdministration
import PostgresAdministration
import RedisAdministration
import SQLiteAdministration
import TestSupport
import Testing

/// The whole list would fill a page of the test's output.
extension AccessCoverage: CustomTestStringConvertible {
  package var testDescription: String { engine }
}

/// The list of everything that affects access: no kind is claimed without a change by hand, and the page is the list.
@Suite struct CoverageTests {
  private static let engines: [AccessCoverage] = [
    .postgreSQL, .mariaDB, .mySQL, .redis, .sqlite, .memory,
  ]

  /// Kinds whose changes cannot be rolled back; `HandMadeChangeTests` has a test for each.
  private static let withOwnTest: Set = ["replication slot", "server setting", "authentication rule"]

  @Test
  func `each kind that PostgreSQL's comparison covers has a change by hand, and each change has a kind`() {
    let claimed = AccessCoverage.postgreSQL.kinds.filter {
      $0.treatment == .compared || $0.treatment == .named
    }
    let changed = Set(HandMadeChange.all.map(\.kind))
    for kind in claimed where !Self.withOwnTest.contains(kind.name) {
      #expect(changed.contains(kind.name), "no change by hand of the kind '\(kind.name)'")
    }
    #expect(changed.subtracting(claimed.map(\.name)).sorted() == [])
  }

  @Test func `what the list calls compared is mended, and what it calls named is left to an operator`() {
    let treatments = Dictionary(
      uniqueKeysWithValues: AccessCoverage.postgreSQL.kinds.map { ($0.name, $0.treatment) })
    for change in HandMadeChange.all where treatments[change.kind] == .compared {
      #expect(change.isMended, "\(change)")
    }
  }

  @Test func `there are at least 150 changes by hand of PostgreSQL alone`() {
    #expect(HandMadeChange.all.count >= 150)
    #expect(Set(HandMadeChange.all.map(\.testDescription)).count == HandMadeChange.all.count)
  }

  @Test func `each kind that the comparison of the cache covers has a change by hand`() {
    let claimed = AccessCoverage.redis.kinds.filter { $0.treatment == .compared || $0.treatment == .named }
    #expect(Set(claimed.map(\.name)) == Set(CacheChange.all.map(\.kind)))
  }

  @Test(arguments: engines)
  func `an engine's kinds are unique, and each residue has a consequence and a mitigation`(
    _ coverage: AccessCoverage
  ) {
    #expect(Set(coverage.kinds.map(\.name)).count == coverage.kinds.count)
    #expect(coverage.kinds.allSatisfy { !$0.reason.isEmpty })
    let residues = Set(coverage.residues.map(\.name))
    for kind in coverage.kinds where kind.treatment == .residue {
      #expect(residues.contains(kind.name), "the residue '\(kind.name)' says no consequence")
    }
  }

  @Test(arguments: engines)
  func `the page of coverage has the list of the engine`(_ coverage: AccessCoverage) throws {
    let page = try String(contentsOfFile: Checkout.path("docs/access-coverage.md"), encoding: .utf8)
    #expect(
      page.contains(coverage.markdown), "replace the engine's part of the page by:\n\(coverage.markdown)")
  }
}
