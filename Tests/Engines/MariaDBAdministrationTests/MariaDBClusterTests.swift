import AccessPlanning
import DataAccess
import DatabaseTestSupport
import Migrations
import Schema
import Secrets
import Synchronization
import TestSupport
import Testing

@testable import MariaDBAdministration

/// Rights on three nodes of a Galera cluster, which replicates grants, and neither sessions nor the server's own tables.
@Suite(.serialized) struct MariaDBClusterTests {
  @Test func `rights hold on every node: applied at once, compared and mended node by node, proved`()
    async throws
  {
    try await MariaDBFleet.withCluster { fleet in
      try await Self.applyTwiceAtOnce(fleet)
      let report = try await fleet.prove()
      #expect(report.violations.isEmpty, "\(report.violations)")
      try await Self.changeLargeTable(fleet)
      try await Self.changeUnderRSU(fleet)
      try await Self.changeTableOfOneNode(fleet)
      try await Self.listNotAll(fleet)
      try await Self.mendOneNode(fleet)
      try await Self.endSessionsElsewhere(fleet)
      try await Self.rotate(fleet)
      try await Self.setPasswordOnOneNode(fleet)
      try await Self.loseNode(fleet)
      try await Self.leaveCluster(fleet)
      try await Self.divide(fleet)
    }
  }

  /// The second run waits for the claim of the first one.
  private static func applyTwiceAtOnce(_ fleet: MariaDBFleet) async throws {
    async let first = fleet.grants().apply()
    async let second = fleet.grants().apply()
    let outcomes = try await [first, second]
    #expect(outcomes.allSatisfy { $0.isComplete }, "\(outcomes.map(\.notes))")
    #expect(try await fleet.grants().verify().filter { !$0.isNote } == [])
    #expect(try await fleet.grants().plan().isEmpty)
    #expect(try await fleet.bootstrap() == [])
  }

  /// Every node waits for a change of a table, so that of a large one is announced.
  private static func changeLargeTable(_ fleet: MariaDBFleet) async throws {
    let tables = ["small", "large"].map { name in
      TableDefinition(
        name: name, owner: nil,
        columns: [
          ColumnDefinition(name: "id", type: .bigint, isIdentity: true),
          ColumnDefinition(name: "kind", type: .varchar(8), isNullable: true),
        ])
    }
    let create = Migration(
      version: 1, name: "tables", up: tables.map { .createTable($0) },
      down: tables.map { .dropTable($0.name) })
    let index = Migration(
      version: 2, name: "indexes", up: tables.map { .createIndex(["kind"], table: $0.name) },
      down: tables.map { .dropIndex(["kind"], table: $0.name) })
    try await fleet.asSuperuser(
      "CREATE DATABASE changed CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
      "GRANT ALL ON changed.* TO `migrate-admin`@`%`")
    let messages = Mutex<[String]>([])
    try await fleet.withDatabase("changed") { database in
      let migrations = MigrationEngine(database, migrations: [create, index])
      try await migrations.up(to: 1)
      try await fleet.asSuperuser(
        "INSERT INTO changed.large (kind) SELECT 'x' FROM changed.seq_1_to_200000",
        "ANALYZE TABLE changed.large")
      try await migrations.up { progress in
        if case .holdsUp(_, let text) = progress { messages.withLock { $0.append(text) } }
      }
    }
    let found = messages.withLock { $0 }
    #expect(found.count == 1 && found[0].hasPrefix("large has about "), "\(found)")
    try await fleet.asSuperuser("REVOKE ALL ON changed.* FROM `migrate-admin`@`%`", "DROP DATABASE changed")
  }

  /// An administrator of the cluster left its nodes in the mode in which a change stays on one node.
  private static func changeUnderRSU(_ fleet: MariaDBFleet) async throws {
    for server in fleet.servers { try await fleet.setGlobal("wsrep_OSU_method = 'RSU'", on: server) }
    let size = try await fleet.grants().nodes.with(fleet.administrator) { (found) in found.nodes.count }
    try await fleet.newGrants { grants in
      #expect(Set(try await named(by: grants)) == ["WSREP_OSU_METHOD"])
      try await fleet.asSuperuser("REVOKE SELECT ON app_db.webhooks FROM `connector-rw`@`%`")
      #expect(try await grants.apply().isComplete == false)
      #expect(Set(try await named(by: grants)) == ["WSREP_OSU_METHOD"])
    }
    try await fleet.withDatabase(MariaDBFleet.database) { database in
      let migrations = MigrationEngine(database)
      let newest = try await migrations.status().current
      try await migrations.down(to: newest - 1, losing: .all)
      try await migrations.up()
    }
    #expect(try await fleet.grants().nodes.with(fleet.administrator) { (found) in found.nodes.count } == size)
    for server in fleet.servers { try await fleet.setGlobal("wsrep_OSU_method = 'TOI'", on: server) }
    _ = try await fleet.grants().apply()
    #expect(try await fleet.deviations() == [])
  }

  private static func named(by grants: MariaDBGrants) async throws -> [String] {
    try await grants.verify().filter { !$0.isNote }.map(\.privilege)
  }

  private static func listNotAll(_ fleet: MariaDBFleet) async throws {
    var nodes = fleet.grants().nodes
    #expect(try await nodes.with(fleet.administrator) { (found) in found.unseen } == [])
    nodes.configuration.hosts.removeLast()
    let unseen = try await nodes.with(fleet.administrator) { (found) in found.unseen }
    #expect(unseen == ["1 that DB_HOST does not list"])
    try await refuseToBeginRotation(fleet, nodes)
  }

  /// Behind a load balancer, DB_HOST lists one host of all. The rotation would wait for sessions that it never sees.
  private static func refuseToBeginRotation(_ fleet: MariaDBFleet, _ nodes: MariaDBNodes) async throws {
    let before = try fleet.credentials.content(of: "analytics-ro").current.reveal()
    let all = try #require(try await fleet.passwords() as? MariaDBPasswords)
    let passwords = MariaDBPasswords(
      administrator: fleet.administrator, catalog: all.catalog, nodes: nodes, credentials: fleet.credentials)
    let rotation = PasswordRotation(
      passwords, store: fleet.credentials, limits: .init(deliverySeconds: 0, drainSeconds: 0),
      time: .init(seconds: { 0 }, sleep: { _ in }), progress: { _ in })
    let error = await #expect(throws: AccessError.self) {
      try await rotation.run(["analytics-ro"], .toTheEnd)
    }
    let words = error.map { "\($0)" } ?? ""
    for part in ["has 3 nodes, and DB_HOST lists 2", "List every node", "Nothing was changed"] {
      #expect(words.contains(part), "\(words)")
    }
    let after = try fleet.credentials.content(of: "analytics-ro")
    #expect(after.current.reveal() == before && after.other == nil)
  }

  private static func mendOneNode(_ fleet: MariaDBFleet) async throws {
    try await fleet.asSuperuser(
      onlyOn: 1, "GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`",
      "REVOKE SELECT ON app_db.rollups FROM `analytics-ro`@`%`", "DROP USER `connector-rw`@`%`",
      "CREATE OR REPLACE VIEW app_db.`events$twitch-trigger` AS SELECT * FROM app_db.events")
    let name = "on 127.0.0.1:\(fleet.servers[1].port): "
    let found = try await fleet.deviations().map(\.message)
    for words in [
      "analytics-ro holds SELECT on settings", "analytics-ro lacks SELECT on rollups",
      "account connector-rw does not exist", "the view events$twitch-trigger",
    ] {
      #expect(found.contains { $0.hasPrefix(name + words) }, "\(words): \(found)")
    }
    #expect(
      try await fleet.grants().plan().steps.contains {
        $0.text.hasPrefix("/* \(name.prefix(name.count - 2))")
      })
    let outcome = try await fleet.grants().apply()
    #expect(outcome.isComplete, "\(outcome.notes)")
    #expect(try await fleet.deviations() == [])
    #expect(try await fleet.grants().plan().isEmpty)
  }

  /// A session keeps a global privilege, so it is ended, on any node.
  private static func endSessionsElsewhere(_ fleet: MariaDBFleet) async throws {
    try await fleet.asSuperuser("GRANT FILE ON *.* TO `analytics-ro`@`%`")
    try await fleet.withSession(as: "analytics-ro", on: 2) { session in
      try await session.run("SELECT 1")
      _ = try await fleet.grants().apply()
      await #expect(throws: (any Error).self) { _ = try await session.run("SELECT 1") }
    }
    #expect(try await fleet.deviations() == [])
  }

  /// A session of the former password ends on its own node; one of the new password goes on.
  private static func rotate(_ fleet: MariaDBFleet) async throws {
    let passwords = try await fleet.passwords()
    let next = Secret("another password of this test")
    try await fleet.withSession(as: "analytics-ro", on: 2) { former in
      try await passwords.set([next], of: "analytics-ro")
      let moment = try await passwords.moment()
      try fleet.credentials.replace("analytics-ro", with: next)
      try await fleet.withSession(as: "analytics-ro", on: 1) { new in
        #expect(try await passwords.sessions(of: "analytics-ro", before: moment) == 1)
        try await passwords.endSessions(of: "analytics-ro", before: moment)
        await #expect(throws: (any Error).self) { _ = try await former.run("SELECT 1") }
        try await new.run("SELECT 1")
      }
    }
    #expect(try await fleet.deviations() == [])
  }

  /// A session changes the password of its account on its node alone. A rotation sees that on each node, and so does a proof.
  private static func setPasswordOnOneNode(_ fleet: MariaDBFleet) async throws {
    let account = "analytics-ro"
    let rotation = PasswordRotation(
      try await fleet.passwords(), store: fleet.credentials,
      limits: .init(deliverySeconds: 0, drainSeconds: 0), time: .init(seconds: { 0 }, sleep: { _ in }),
      progress: { _ in })
    let former = try fleet.credentials.password(of: account)
    #expect(try await rotation.run([account], .oneStep) == [account])
    // The serving node accepts the next password already, and the others do not.
    guard case .next(let next, _) = try fleet.credentials.content(of: account).other else {
      throw SupportError("the rotation did not begin")
    }
    try await set(next, of: account, onlyOn: 0, in: fleet)
    #expect(try await rotation.run([account], .oneStep) == [account])
    try await set(former, of: account, onlyOn: 2, in: fleet)
    let node = "127.0.0.1:\(fleet.servers[2].port)"
    let error = await #expect(throws: AccessError.self) { try await rotation.run([account], .toTheEnd) }
    #expect(
      error.map { "\($0)" }?.contains("\(node) accepts a password of \(account)") == true, "\(error as Any)")
    guard case .former = try fleet.credentials.content(of: account).other else {
      throw SupportError("the rotation counts as done")
    }
    let violations = try await fleet.prove().violations
    #expect(violations.map(\.verb) == ["hold another password"], "\(violations)")
    #expect(try await fleet.deviations().map(\.isOfOtherPassword) == [true])
    #expect(try await fleet.grants().openAccounts().others == [account])
    #expect(try await fleet.grants().apply().isComplete)
    #expect(try await rotation.run([account], .toTheEnd) == [])
    #expect(try await fleet.deviations() == [])
  }

  private static func set(
    _ password: Secret, of account: String, onlyOn node: Int, in fleet: MariaDBFleet
  ) async throws {
    try await fleet.withSession(as: account, on: node) { session in
      try await session.run("SET SESSION wsrep_OSU_method = 'RSU'")
      try await session.run("SET PASSWORD = PASSWORD('\(password.reveal())')")
    }
  }

  /// A node that does not answer is a remark, and keeps nothing from being applied.
  private static func loseNode(_ fleet: MariaDBFleet) async throws {
    try await fleet.servers[2].control.kill()
    try await fleet.asSuperuser("GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`")
    let outcome = try await fleet.grants().apply()
    #expect(outcome.notes.contains { $0.contains("\(fleet.servers[2].port) does not answer") })
    let left = try await fleet.grants().verify()
    #expect(left.filter { !$0.isNote } == [])
    #expect(left.contains { $0.kind == .remark && $0.message.contains("does not answer") })
    try await rotateWithoutNode(fleet) {
      try await refuseToMendApart(fleet)
      try await fleet.servers[2].control.restart()
      try await eventually("the node is back, and all are mended") {
        (try? await fleet.grants().apply())?.isComplete == true
      }
    }
    try await eventually("all have the same rights") { (try? await fleet.grants().verify()) == [] }
  }

  /// What one node executes alone would not reach the node that is down, so nothing is changed, and the call says so.
  private static func refuseToMendApart(_ fleet: MariaDBFleet) async throws {
    try await fleet.asSuperuser(onlyOn: 1, "GRANT SELECT ON app_db.settings TO `analytics-ro`@`%`")
    let outcome = try await fleet.grants().apply()
    #expect(outcome.done == [] && !outcome.isComplete)
    #expect(outcome.remaining.contains { $0.text.contains("REVOKE SELECT") })
    let words = "are not seen: 127.0.0.1:\(fleet.servers[2].port)"
    #expect(outcome.notes.contains { $0.contains(words) }, "\(outcome.notes)")
    #expect(try await fleet.deviations() != [])
    try await mendWhatAllNeed(fleet)
  }

  /// One account that differs on a node keeps no other from being mended.
  private static func mendWhatAllNeed(_ fleet: MariaDBFleet) async throws {
    try await set(Secret("its own choice"), of: "connector-rw", onlyOn: 1, in: fleet)
    try await fleet.asSuperuser(
      "GRANT DELETE ON app_db.rollups TO `twitch-trigger`@`%`",
      "REVOKE SELECT ON app_db.webhooks FROM `connector-rw`@`%`")
    let outcome = try await fleet.grants().apply()
    #expect(
      outcome.done.map(\.text) == ["REVOKE DELETE ON `app_db`.`rollups` FROM `twitch-trigger`@`%`"],
      "\(outcome.done)")
    for words in ["on 127.0.0.1:\(fleet.servers[1].port) */ ALTER USER `connector-rw`", "GRANT SELECT ON"] {
      #expect(outcome.remaining.contains { $0.text.contains(words) }, "\(words): \(outcome.remaining)")
    }
  }

  /// Sessions of the former password may live on at the node, so the rotation ends only when it is seen again.
  private static func rotateWithoutNode(
    _ fleet: MariaDBFleet, return body: () async throws -> Void
  ) async throws {
    func rotate() async throws(AccessError) -> [String] {
      let passwords: any AccountPasswords
      do { passwords = try await fleet.passwords() } catch { throw .unsupported("\(error)") }
      let rotation = PasswordRotation(
        passwords, store: fleet.credentials, limits: .init(deliverySeconds: 0, drainSeconds: 0),
        time: .init(seconds: { 0 }, sleep: { _ in }), progress: { _ in })
      return try await rotation.run(["analytics-ro"], .toTheEnd)
    }
    let name = "127.0.0.1:\(fleet.servers[2].port)"
    let error = await #expect(throws: AccessError.self) { try await rotate() }
    #expect(error.map { "\($0)" }?.contains(name) == true, "\(error.map { "\($0)" } ?? "")")
    guard case .former = try fleet.credentials.content(of: "analytics-ro").other else {
      throw SupportError("the rotation counts as done")
    }
    try await body()
    #expect(try await rotate() == [])
    #expect(try fleet.credentials.content(of: "analytics-ro").other == nil)
  }

  /// A server that replicates no more answers for itself alone.
  private static func leaveCluster(_ fleet: MariaDBFleet) async throws {
    let left = "127.0.0.1:\(fleet.servers[0].port) is no node of the cluster of 127.0.0.1:"
    try await fleet.asSuperuser("SET GLOBAL wsrep_on = OFF")
    // The server may end the sessions that were open, and then the first answer is another error.
    try await eventually("the comparison fails") {
      await failure { _ = try await fleet.grants().verify() }?.hasPrefix(left) == true
    }
    try await eventually("nothing is applied") {
      await failure { _ = try await fleet.grants().apply() }?.hasPrefix(left) == true
    }
    try await fleet.asSuperuser("SET GLOBAL wsrep_on = ON")
    try await eventually("the server is a node again") { (try? await fleet.grants().verify()) == [] }
  }

  static func failure(_ body: () async throws -> Void) async -> String? {
    do {
      try await body()
      return nil
    } catch {
      return "\(error)"
    }
  }
}
