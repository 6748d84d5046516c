import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import DataAccess
import DatabaseTestSupport
import EventLoop
import Logging
import MariaDBDriver
import Migrations
import Schema
import Secrets
import TestSupport

@testable import MariaDBAdministration

/// The fleet's database on a server of one test: accounts belong to a whole server.
final class MariaDBFleet: Sendable {
  static let database = "app_db"
  /// How the server of the tests keeps accounts and rights.
  static let catalog: RightsCatalog = MariaDBServer.hasMySQL ? .mySQL : .mariaDB

  let manifest: AccessManifest
  let credentials: CredentialStore
  let superuser: Database
  let administrator: Database
  private let server: MariaDBServer
  private let loop: LoopFixture
  private let folder: TemporaryFolder
  private let logger = Logger(label: "maria") { _ in SwiftLogNoOpLogHandler() }
  private let administratorPassword = Secret("a password of this test alone")

  private init(_ server: MariaDBServer, _ manifest: AccessManifest) throws {
    self.server = server
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
      driver: server.driver(as: account, database: Self.database), loop: loop.loop,
      configuration: .patient(4),
      logger: logger)
  }

  /// Starts a server, creates the database, its administrator and its tables, and passes the fleet to `body`.
  static func with<Result: Sendable>(
    _ manifest: AccessManifest? = nil, _ body: (MariaDBFleet) async throws -> Result
  ) async throws -> Result {
    let manifest = try manifest ?? FleetManifest.load()
    return try await ServerControl.withServer(MariaDBServer.hasMySQL ? "mysql" : "mariadb") { environment in
      let fleet = try MariaDBFleet(MariaDBServer(environment: environment), manifest)
      // The tests' own account may make accounts, which the fleet's verification reports.
      try await fleet.asSuperuser("DROP USER `test-owner`@`127.0.0.1`")
      _ = try await fleet.bootstrap()
      try await MigrationEngine(fleet.administrator).up()
      _ = try fleet.credentials.createMissing(for: manifest.credentialNames)
      let result = try await body(fleet)
      await fleet.administrator.close()
      await fleet.superuser.close()
      return result
    }
  }

  // MARK: The operator's commands

  private func site(as account: PostgresServer.Account) -> DatabaseSite {
    DatabaseSite(
      manifest: manifest, credentials: credentials,
      configuration: server.configuration(as: account, database: Self.database), loop: loop.loop,
      logger: logger)
  }

  func bootstrap() async throws -> [PlannedStep] {
    try await MariaDBAdministration().bootstrap(site(as: server.superuser)).done
  }

  func grants(_ other: AccessManifest? = nil, dropsRetired: Bool = false) -> MariaDBGrants {
    MariaDBGrants(
      manifest: other ?? manifest, credentials: credentials, administrator: administrator,
      database: Self.database, dropsRetired: dropsRetired)
  }

  func deviations() async throws -> [Deviation] { try await grants().verify().filter { !$0.isNote } }

  func prove() async throws -> ProofReport {
    let site = site(
      as: PostgresServer.Account(name: "migrate-admin", password: administratorPassword))
    let administration = MariaDBAdministration()
    let database = ProofDatabase(
      administrator: administrator,
      escapeAttempts: try await administration.escapeAttempts(in: administrator),
      loop: loop.loop, logger: logger, login: administration.login(of: site),
      driver: { try administration.driver(as: $0, of: site) })
    let prover = Prover(
      manifest: manifest, database: database, cache: nil,
      now: { Timestamp(microsecondsSinceEpoch: 1_800_000_000_000_000) })
    return try await prover.run()
  }

  // MARK: Statements

  func asSuperuser(_ statements: String...) async throws { try await asSuperuser(statements) }

  func asSuperuser(_ statements: [String]) async throws {
    for sql in statements { _ = try await superuser.unsafeQuery(unsafeSQL: sql) }
  }

  /// Runs statements in one session of an account, and returns the first field of the last result.
  func answer(as account: String, _ statements: String...) async throws -> String? {
    let password = try credentials.password(of: account)
    let database = Database(
      driver: server.driver(
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
