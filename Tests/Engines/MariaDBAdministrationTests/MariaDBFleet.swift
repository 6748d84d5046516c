import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import DatabaseTestSupport
import EventLoop
import Foundation
import Logging
import MariaDBDriver
import Migrations
import Schema
import Secrets
import TestSupport
import Testing
import Transport

@testable import MariaDBAdministration

/// The fleet's database on a server or cluster of one test: accounts belong to a whole server.
final class MariaDBFleet: Sendable {
  static let database = "app_db"
  /// How the server of the tests keeps accounts and rights.
  static let catalog: RightsCatalog = MariaDBServer.hasMySQL ? .mySQL : .mariaDB

  let manifest: AccessManifest
  let credentials: CredentialStore
  let superuser: Database
  let administrator: Database
  /// One server, or the nodes of a cluster.
  let servers: [MariaDBServer]
  private let loop: LoopFixture
  private let folder: TemporaryFolder
  private let logger = Logger(label: "maria") { _ in SwiftLogNoOpLogHandler() }
  private let administratorPassword = Secret("a password of this test alone")

  private init(_ servers: [MariaDBServer], _ manifest: AccessManifest) throws {
    let server = servers[0]
    self.servers = servers
    self.manifest = manifest
    loop = try LoopFixture(name: "maria")
    folder = try TemporaryFolder()
    credentials = CredentialStore(directory: folder.file("credentials"))
    try credentials.replace("migrate-admin", with: administratorPassword)
    superuser = Database(
      driver: server.driver(as: server.superuser), loop: loop.loop, configuration: .patient(2), logger: logger
    )
    let account = PostgresServer.Account(name: "migrate-admin", password: administratorPassword)
    administrator = Database(
      driver: MariaDBDriver(configuration: Self.configuration(of: servers, as: account)), loop: loop.loop,
      configuration: .patient(4), logger: logger)
  }

  private static func configuration(
    of servers: [MariaDBServer], as account: PostgresServer.Account
  ) -> DatabaseConfiguration {
    var configuration = servers[0].configuration(as: account, database: database)
    configuration.hosts = servers.map { Endpoint(host: $0.host, port: $0.port) }
    return configuration
  }

  /// Starts a server, creates the database, its administrator and its tables, and passes the fleet to `body`.
  static func with<Result: Sendable>(
    _ manifest: AccessManifest? = nil, _ body: (MariaDBFleet) async throws -> Result
  ) async throws -> Result {
    let manifest = try manifest ?? FleetManifest.load()
    return try await ServerControl.withServer(MariaDBServer.hasMySQL ? "mysql" : "mariadb") { environment in
      try await prepared(MariaDBFleet([MariaDBServer(environment: environment)], manifest), body)
    }
  }

  /// As ``with(_:_:)``, on three nodes of a Galera cluster.
  static func withCluster(_ body: (MariaDBFleet) async throws -> Void) async throws {
    try await ServerControl.withCluster("galera", nodes: 3) { environments in
      let nodes = try environments.map { try MariaDBServer(environment: $0) }
      try await prepared(MariaDBFleet(nodes, FleetManifest.load()), body)
    }
  }

  private static func prepared<Result: Sendable>(
    _ fleet: MariaDBFleet, _ body: (MariaDBFleet) async throws -> Result
  ) async throws -> Result {
    // The tests' own account may make accounts, which the fleet's verification reports.
    try await fleet.asSuperuser("DROP USER `test-owner`@`127.0.0.1`")
    _ = try await fleet.bootstrap()
    try await MigrationEngine(fleet.administrator).up()
    _ = try fleet.credentials.createMissing(for: fleet.manifest.credentialNames)
    let result = try await body(fleet)
    await fleet.administrator.close()
    await fleet.superuser.close()
    return result
  }

  /// Restarts the server with a line more in its settings.
  func restart(with setting: String) async throws {
    let file = try servers[0].control.home() + "/my.cnf"
    let settings = try String(contentsOfFile: file, encoding: .utf8)
    try (settings + setting + "\n").write(toFile: file, atomically: false, encoding: .utf8)
    try await servers[0].control.restart()
  }

  // MARK: The operator's commands

  private func site(
    as account: PostgresServer.Account, of database: String = MariaDBFleet.database
  ) -> DatabaseSite {
    var configuration = Self.configuration(of: servers, as: account)
    configuration.name = database
    return DatabaseSite(
      manifest: manifest, credentials: credentials, configuration: configuration, loop: loop.loop,
      logger: logger)
  }

  /// Runs the bootstrap; of another database, where its name is given.
  func bootstrap(
    as account: PostgresServer.Account? = nil, of database: String = MariaDBFleet.database
  ) async throws -> [PlannedStep] {
    try await MariaDBAdministration().bootstrap(site(as: account ?? servers[0].superuser, of: database)).done
  }

  /// A bootstrap of another fleet on the server, which has a folder of its own.
  func bootstrap(in folder: CredentialStore, replacingPasswords: Bool = false) async throws -> [PlannedStep] {
    let own = site(as: servers[0].superuser)
    var site = DatabaseSite(
      manifest: manifest, credentials: folder, configuration: own.configuration, loop: loop.loop,
      logger: logger)
    site.replacesPasswords = replacingPasswords
    return try await MariaDBAdministration().bootstrap(site).done
  }

  func grants(
    _ other: AccessManifest? = nil, dropsRetired: Bool = false, waiting locks: LockLimits = LockLimits()
  ) -> MariaDBGrants {
    MariaDBGrants(
      manifest: other ?? manifest, credentials: credentials, administrator: administrator,
      database: Self.database, nodes: MariaDBNodes(of: operatorSite, MariaDBEngine()),
      dropsRetired: dropsRetired, locks: locks)
  }

  /// The fleet's database, as the operator's commands have it.
  var operatorSite: DatabaseSite { site(as: administratorAccount) }

  /// Executes one step of a plan, as the administrator.
  func execute(_ step: PlannedStep, login: String? = nil) async throws {
    var runner = MariaDBStepRunner(administrator, of: administrator, on: loop.loop, in: Self.catalog)
    _ = try await runner.run(step, login: login)
  }

  /// Executes one step as the administrator, in a session as a run of `apply` has it.
  func executeInSession(_ step: PlannedStep) async throws {
    try await administrator.session("a step") { (session) throws(DatabaseError) in
      var runner = MariaDBStepRunner(session, of: administrator, on: loop.loop, in: Self.catalog)
      _ = try await runner.run(step)
    }
  }

  private var administratorAccount: PostgresServer.Account {
    PostgresServer.Account(name: "migrate-admin", password: administratorPassword)
  }

  /// The passwords of the accounts, for a rotation.
  func passwords() async throws -> any AccountPasswords {
    try #require(
      try await MariaDBAdministration().passwords(in: administrator, of: site(as: administratorAccount)))
  }

  func deviations() async throws -> [Deviation] { try await grants().verify().filter { !$0.isNote } }

  func prove() async throws -> ProofReport {
    let site = site(as: administratorAccount)
    let administration = MariaDBAdministration()
    var database = ProofDatabase(
      administrator: administrator,
      escapeAttempts: try await administration.escapeAttempts(in: administrator),
      loop: loop.loop, logger: logger, login: administration.login(of: site),
      driver: { try administration.driver(as: $0, of: site) })
    database.untriedRights = administration.untriedRights(in: administrator, of: site)
    let prover = Prover(
      manifest: manifest, database: database, cache: nil,
      now: { Timestamp(microsecondsSinceEpoch: 1_800_000_000_000_000) })
    return try await prover.run()
  }

  /// A driver of the account that reads its password from the account's file, as a service does.
  func serviceDriver(as account: String) throws -> MariaDBDriver {
    let login = PostgresServer.Account(name: account, password: try credentials.password(of: account))
    var configuration = Self.configuration(of: servers, as: login)
    configuration.credential = try credentials.source(of: account)
    return MariaDBDriver(configuration: configuration)
  }

  /// A pool of the account, with a connection for each of its users.
  func service(as account: String, size: Int) throws -> Database {
    Database(
      driver: try serviceDriver(as: account), loop: loop.loop, configuration: .patient(size), logger: logger)
  }

  // MARK: Statements

  func asSuperuser(_ statements: String...) async throws { try await asSuperuser(statements) }

  func asSuperuser(_ statements: [String]) async throws {
    for sql in statements { _ = try await superuser.unsafeQuery(unsafeSQL: sql) }
  }

  /// Sets a variable of one server.
  func setGlobal(_ setting: String, on server: MariaDBServer) async throws {
    var configuration = server.configuration(as: server.superuser, database: Self.database)
    configuration.repairsServer = true
    try await DriverSession.with(MariaDBDriver(configuration: configuration), on: loop.loop) { session in
      try await session.run("SET GLOBAL \(setting)")
    }
  }

  /// Runs statements as the superuser on one node alone, as an operator does who does not replicate them.
  func asSuperuser(onlyOn node: Int, _ statements: String...) async throws {
    let server = servers[node]
    try await DriverSession.with(server.driver(as: server.superuser), on: loop.loop) { session in
      try await session.run("SET SESSION wsrep_on = 0")
      for sql in statements { try await session.run(sql) }
    }
  }

  /// Runs `body` while a session of the account is open on a node.
  func withSession(
    as account: String, on node: Int, _ body: (DriverSession) async throws -> Void
  ) async throws {
    let login = PostgresServer.Account(name: account, password: try credentials.password(of: account))
    try await DriverSession.with(
      servers[node].driver(as: login, database: Self.database), on: loop.loop, body)
  }

  /// Runs `body` while a session of any account is open, with the password that it has.
  func withSession(
    of account: PostgresServer.Account, on server: MariaDBServer? = nil,
    _ body: (DriverSession) async throws -> Void
  ) async throws {
    try await DriverSession.with((server ?? servers[0]).driver(as: account), on: loop.loop, body)
  }

  /// Runs `body` with grants over connections that it opens itself, as a command of the operator does.
  func newGrants<Result: Sendable>(_ body: (MariaDBGrants) async throws -> Result) async throws -> Result {
    var found: Result?
    try await withDatabase(Self.database) { administrator in
      found = try await body(
        MariaDBGrants(
          manifest: manifest, credentials: credentials, administrator: administrator, database: Self.database,
          nodes: grants().nodes))
    }
    return try #require(found)
  }

  /// Runs `body` while others hold all connections of the server, also the one for administrators.
  func whileFull(_ body: () async throws -> Void) async throws {
    let driver = servers[0].driver(as: servers[0].superuser)
    try await asSuperuser("SET GLOBAL max_connections = 10")
    var held: [LoopBound<any DatabaseConnection>] = []
    do {
      while true { held.append(try await driver.connect(on: loop.loop)) }
    } catch {
      // MySQL refuses before it encrypts, and the client's library passes that on as an error without a number of its own.
      let isFull = error.kind == .tooManyConnections || error.detail?.contains("Too many connections") == true
      guard isFull else { throw error }
    }
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body())
    } catch {
      outcome = .failure(error)
    }
    for connection in held { connection.loop.execute { connection.value.close() } }
    try await asSuperuser("SET GLOBAL max_connections = 151")
    try outcome.get()
  }

  /// Runs `body` with another database of the server, as the administrator.
  func withDatabase(_ name: String, _ body: (Database) async throws -> Void) async throws {
    var configuration = Self.configuration(of: servers, as: administratorAccount)
    configuration.name = name
    configuration.repairsServer = true
    let database = Database(
      driver: MariaDBDriver(configuration: configuration), loop: loop.loop, configuration: .patient(4),
      logger: logger)
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(database))
    } catch {
      outcome = .failure(error)
    }
    await database.close()
    try outcome.get()
  }

  /// Runs statements in one session of an account, and returns the first field of the last result.
  func answer(as account: String, _ statements: String...) async throws -> String? {
    let password = try credentials.password(of: account)
    let database = Database(
      driver: servers[0].driver(
        as: PostgresServer.Account(name: account, password: password), database: Self.database),
      loop: loop.loop, configuration: .patient(1), logger: logger)
    var text: String?
    let outcome: Result<Void, any Error>
    do {
      try await database.session("test") { (session) throws(DatabaseError) in
        for sql in statements {
          let rows = try await session.unsafeQuery(unsafeSQL: sql)
          text = rows.rowCount > 0 && !rows.isNull(0, 0) ? try rows.text(0, 0) : nil
        }
      }
      outcome = .success(())
    } catch {
      outcome = .failure(error)
    }
    await database.close()
    try outcome.get()
    return text
  }
}
