import DataAccess
import Grants
import Isolation
import Testing

@Suite(.serialized, .ownServers) struct ServerProofTests {
  let fleet: ServerFleet

  init() throws {
    fleet = try #require(OwnServers.fleet)
  }

  @Test func `after apply nothing deviates and there is nothing to plan`() async throws {
    #expect(try await fleet.deviations().map(\.message) == [])
    for answer in try await fleet.access.plan() {
      #expect(answer.value.steps.map(\.text) == [], "\(answer.target)")
    }
    for answer in try await fleet.access.apply() {
      #expect(answer.value.done == [], "\(answer.target)")
    }
  }

  @Test func `bootstrapping a second time does nothing`() async throws {
    #expect(try await fleet.bootstrap.run().map(\.text) == [])
  }

  @Test func `every cell of the matrix is as declared and their number is told`() async throws {
    let report = try await fleet.proof()
    #expect(report.violations.map(\.description) == [])
    #expect(report.isClean)
    #expect(report.attempted == report.cells)
    #expect(report.databaseCells >= 400)
    #expect(report.cacheCells >= 100)
    #expect(report.allowedAsDeclared + report.deniedAsDeclared == report.attempted)
    #expect(report.seconds < 10)
  }

  @Test func `a proof leaves no row and no key behind`() async throws {
    _ = try await fleet.proof()
    for table in ["events", "platform_integrations", "users"] {
      let rows = try await fleet.superuser.unsafeQuery(unsafeSQL: "SELECT count(*) FROM \(table)")
      #expect(try rows.integer(0, 0) == 0, "\(table)")
    }
    try await fleet.asCacheAdministrator("ACL SETUSER cache-admin +@all ~*")
    let keys = try await fleet.cacheAdministrator.command(["KEYS", "*"])
    #expect(keys.elements == [])
  }
}
