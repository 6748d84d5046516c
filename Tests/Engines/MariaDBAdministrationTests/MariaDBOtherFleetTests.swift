import AccessManifest
import AccessPlanning
import DataAccess
import DatabaseTestSupport
import MariaDBDriver
import Migrations
import TestSupport
import Testing

@testable import MariaDBAdministration

/// A DB_NAME that is not the one of the services: accounts belong to the server, so a change could take the rights of a fleet
/// that runs.
@Suite(.serialized) struct MariaDBOtherFleetTests {
  private static let copy = "app_db_restored"

  @Test(
    arguments: [
      .table(database: copy, name: "users"), .database(pattern: copy), .database(pattern: "app%"),
      .column(database: copy, table: "users", name: "id"),
    ] as [MariaDBPlace])
  func `rights of ours in another database with our record stop a plan, and no others do`(
    place: MariaDBPlace
  ) throws {
    func comparison(_ user: String, fleets: Set<ExactText>) throws -> MariaDBComparison {
      try MariaDBComparison.ofFleet {
        $0.privileges.insert(MariaDBPrivilege("SELECT", on: place, to: MariaDBGrantee(user: user)))
        $0.otherFleets = fleets
      }
    }
    for user in ["migrate-admin", "analytics-ro", MariaDBGrantee.viewDefiner.user] {
      let found = try comparison(user, fleets: [ExactText(Self.copy)])
      #expect(found.reachesOtherDatabases)
      let error = #expect(throws: AccessError.self) { try found.refuseOtherFleet() }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.contains(Self.copy) && text.contains(user) && text.contains("RENAME TABLE"), "\(text)")
      try comparison(user, fleets: []).refuseOtherFleet()
    }
    try comparison("shop-app", fleets: [ExactText(Self.copy)]).refuseOtherFleet()
    #expect(try MariaDBComparison.ofFleet { _ in }.reachesOtherDatabases == false)
  }

  @Test func `another DB_NAME takes nothing from a fleet that runs, and the fleet can move on purpose`()
    async throws
  {
    try await MariaDBFleet.with { fleet in
      _ = try await fleet.grants().apply()
      try await refused(fleet) { _ = try await fleet.bootstrap(of: Self.copy) }
      try await fleet.asSuperuser(
        "CREATE DATABASE \(Self.copy) CHARACTER SET utf8mb4 \(SessionSettings.collation)",
        "GRANT \(Self.rights) ON `app\\_db\\_restored`.* TO `migrate-admin`@`%` WITH GRANT OPTION")
      try await fleet.withDatabase(Self.copy) { database in
        try await MigrationEngine(database).up()
        let grants = MariaDBGrants(
          manifest: fleet.manifest, credentials: fleet.credentials, administrator: database,
          database: Self.copy, nodes: fleet.grants().nodes)
        try await refused(fleet) { _ = try await grants.plan() }
        try await refused(fleet) { _ = try await grants.apply() }
        try await refused(fleet) { _ = try await fleet.bootstrap(of: Self.copy) }
        // Nothing says which of the two databases the fleet uses.
        try await refused(fleet, by: Self.copy) { _ = try await fleet.grants().apply() }
        try await Self.move(from: "app_db", in: fleet)
        #expect(try await fleet.bootstrap(of: Self.copy) != [])
        #expect(try await grants.apply().isComplete)
        #expect(try await grants.verify().filter { !$0.isNote } == [])
      }
    }
  }

  private static let rights = MariaDBFleet.catalog.databaseRights.subtracting(["GRANT OPTION"])
    .sorted().joined(separator: ", ")

  /// What the refusal names.
  private static func move(from database: String, in fleet: MariaDBFleet) async throws {
    let record = "\(database).schema_migrations"
    try await fleet.asSuperuser("RENAME TABLE \(record) TO \(record)_former")
  }

  /// Expects a refusal that names the database, after which a service is as able as before.
  private func refused(
    _ fleet: MariaDBFleet, by database: String = "app_db", _ body: () async throws -> Void
  ) async throws {
    let error = await #expect(throws: AccessError.self) { try await body() }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("rights in the database \(database), ") && text.contains("RENAME TABLE"), "\(text)")
    #expect(try await fleet.answer(as: "analytics-ro", "SELECT concat(count(*)) FROM rollups") == "0")
  }

  @Test(.enabled(if: !MariaDBServer.hasMySQL, "MySQL has the setting, and another test turns it on"))
  func `a refused database is not explained by a setting that the server does not have`() async throws {
    try await MariaDBFleet.with { fleet in
      let error = await #expect(throws: DatabaseError.self) {
        try await fleet.withDatabase(Self.copy) { _ = try await $0.unsafeQuery(unsafeSQL: "SELECT 1") }
      }
      let text = error?.detail ?? ""
      #expect(text.contains(Self.copy) && !text.contains("partial_revokes"), "\(text)")
    }
  }
}
