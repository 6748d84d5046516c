import AccessAdministration
import AccessPlanning
import DatabaseTestSupport
import Migrations
import TestSupport
import Testing

@testable import MariaDBAdministration

extension MariaDBClusterTests {
  /// A change under RSU that was interrupted: the record of versions is the same on all nodes, and the tables are not.
  static func changeTableOfOneNode(_ fleet: MariaDBFleet) async throws {
    let administration = MariaDBAdministration()
    let name = "127.0.0.1:\(fleet.servers[1].port)"
    func check() async throws -> SchemaCheck {
      try await administration.schemaCheck(of: fleet.administrator, in: fleet.operatorSite)
    }
    #expect(try await check().isInOrder)
    try await administration.refusePart(
      ofClusterOf: fleet.administrator, in: fleet.operatorSite, comparesTables: true)
    try await fleet.asSuperuser(onlyOn: 1, "ALTER TABLE app_db.settings ADD COLUMN by_hand int NOT NULL")
    let found = try await check()
    #expect(!found.isInOrder)
    #expect(
      found.differences?.map(\.description).allSatisfy { $0.hasPrefix("on \(name): settings.by_hand: ") }
        == true,
      "\(found.differences ?? [])")
    let refusal = await #expect(throws: DifferingNodes.self) {
      try await administration.refusePart(
        ofClusterOf: fleet.administrator, in: fleet.operatorSite, comparesTables: true)
    }
    #expect(refusal?.names == [name])
    try await fleet.asSuperuser(onlyOn: 1, "ALTER TABLE app_db.settings DROP COLUMN by_hand")
    #expect(try await check().isInOrder)
  }

  /// One node makes a cluster of its own while the others go on. The cluster stays divided: no node joins it again.
  static func divide(_ fleet: MariaDBFleet) async throws {
    let server = fleet.servers[2]
    let words = "two clusters were made from one"
    func set(_ option: String, in session: DriverSession) async throws {
      try await session.run("SET GLOBAL wsrep_provider_options = '\(option)'")
    }
    try await fleet.withSession(of: server.superuser, on: server) { session in
      try await set("gmcast.isolate=1", in: session)
      try await eventually("both clusters take writes") {
        try await set("pc.bootstrap=1", in: session)
        let found = (try? await fleet.grants().verify()) ?? []
        return found.contains { !$0.isNote && $0.object == "cluster" && $0.message.hasPrefix(words) }
      }
    }
    let passwords = try await fleet.passwords()
    let refused: [String?] = [
      await failure { _ = try await fleet.grants().plan() },
      await failure { _ = try await fleet.grants().apply() },
      await failure { _ = try await fleet.bootstrap() },
      await failure { _ = try await passwords.moment() },
      await failure {
        try await MariaDBAdministration().withOtherNodes(of: fleet.administrator, in: fleet.operatorSite) {
          _ in
        }
      },
    ]
    for error in refused {
      #expect(error?.hasPrefix(words) == true && error?.contains("\(server.port)") == true, "\(error ?? "")")
    }
  }
}
