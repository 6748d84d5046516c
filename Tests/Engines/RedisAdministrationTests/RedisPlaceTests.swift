import AccessManifest
import AccessPlanning
import Cache
import DatabaseTestSupport
import Testing

@testable import RedisAdministration

/// Servers that copy each other's keys, and never each other's users.
@Suite struct RedisPlaceTests {
  private func comparison(
    _ info: String?, accepts: [String: String] = [:]
  ) throws -> RedisComparison {
    var manifest = try FleetManifest.load()
    manifest.scope.accepts = accepts
    var state = RedisState(users: [:], commandTable: RedisCommandTable(categories: [:]))
    state.place = info.map { RedisPlace(info: $0) }
    return RedisComparison(manifest: manifest, passwordDigests: [:], actual: state)
  }

  @Test func `replicas and nodes of a cluster are remarks, because no server copies its users`() throws {
    let found = try comparison(
      "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
        + "slave0:ip=10.0.0.2,port=6379,state=online,offset=1,lag=0\r\n"
        + "slave1:ip=10.0.0.3,port=6380,state=wait_bgsave,offset=0,lag=0\r\nslave_repl_offset:14\r\n"
        + "# Cluster\r\ncluster_enabled:1\r\n")
    let notes = found.deviations.filter { $0.privilege == "role" }
    #expect(notes.map(\.kind) == [.remark, .remark, .remark])
    for part in ["the replica 10.0.0.2:6379 has", "the replica 10.0.0.3:6380 has", "a node of a cluster"] {
      #expect(notes.contains { $0.message.contains(part) }, "\(part)")
    }
    #expect(RedisPlanner(found).plan.unmended.isEmpty)
    #expect(try comparison(nil).placeDeviations.map(\.isNote) == [true])
    #expect(
      try comparison("role:master\r\nconnected_slaves:0\r\ncluster_enabled:0\r\n").placeDeviations == [])
  }

  @Test func `a replica is no place for the fleet's accounts, unless the manifest accepts it`() throws {
    let info = "role:slave\r\nmaster_host:10.0.0.1\r\nmaster_port:6379\r\nslave_priority:100\r\n"
    let found = try comparison(info).deviations.filter { $0.privilege == "role" }
    #expect(found.map(\.isNote) == [false])
    #expect(found.first?.message.contains("a replica of 10.0.0.1:6379") == true)
    #expect(try RedisPlanner(comparison(info)).plan.unmended == found)
    #expect(try comparison(info, accepts: ["cache replica": "each has them"]).placeDeviations == [])
  }
}
