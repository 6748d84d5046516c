import AccessAdministration
import AccessManifest
import AccessPlanning
import AccessProof
import Cache
import DataAccess
import DatabaseTestSupport
import EventLoop
import Logging
import Migrations
import PostgresAdministration
import PostgresDriver
import RedisAdministration
import RedisDriver
import Schema
import Secrets
import TestSupport
import Transport

/// The fleet's database and cache on servers of one suite, bootstrapped and migrated. Roles belong to a whole server,
/// so two such suites cannot share one.
final class ServerFleet: Sendable {
  static let database = "app_db"

  let manifest: AccessManifest
  let credentials: CredentialStore
  let superuser: Database
  let administrator: Database
  let cacheAdministrator: RedisConnection
  let redis: RedisServer
  let postgres: PostgresServer
  private let administratorAccount = PostgresServer.Account(
    name: "migrate-admin", password: Secret("a password of this suite alone"))
  private let loop: LoopFixture
  private let folder: TemporaryFolder
  private let logger = Logger(label: "prove") { _ in SwiftLogNoOpLogHandler() }

  init(postgres: PostgresServer, redis: RedisServer, scope: AccessScope? = nil) async throws {
    self.postgres = postgres
    self.redis = redis
    loop = try LoopFixture(name: "prove")
    folder = try TemporaryFolder()
    var manifest = try FleetManifest.load()
    if let scope { manifest.scope = scope }
    self.manifest = manifest
    credentials = CredentialStore(directory: folder.file("credentials"))
    try credentials.replace(administratorAccount.name, with: administratorAccount.password)
    superuser = Self.database(
      Self.driver(postgres, as: postgres.superuser), loop.loop, logger)
    administrator = Self.database(
      Self.driver(postgres, as: administratorAccount), loop.loop, logger)
    cacheAdministrator = try await RedisConnection.open(
      Self.configuration(redis, user: redis.administrator, password: redis.password),
      options: .patient("prove"), on: loop.loop)
  }

  func close() async {
    await cacheAdministrator.close()
    await administrator.close()
    await superuser.close()
  }

  // MARK: The operator's commands

  var bootstrap: PostgresBootstrap { bootstrap(as: postgres.superuser) }

  /// A bootstrap for another manifest.
  func bootstrap(_ manifest: AccessManifest) -> PostgresBootstrap {
    bootstrap(as: postgres.superuser, manifest)
  }

  /// A bootstrap of another database.
  func bootstrap(of database: String) -> PostgresBootstrap {
    bootstrap(as: postgres.superuser, database: database)
  }

  /// A bootstrap by the administrator, who is not a superuser.
  var bootstrapByAdministrator: PostgresBootstrap { bootstrap(as: administratorAccount) }

  /// A bootstrap by a service's account.
  func bootstrap(byService account: String) throws -> PostgresBootstrap {
    bootstrap(as: PostgresServer.Account(name: account, password: try credentials.password(of: account)))
  }

  /// A bootstrap of another fleet on the server, which has a folder of its own.
  func bootstrap(
    of database: String, in folder: CredentialStore, replacingPasswords: Bool = false
  ) -> PostgresBootstrap {
    var site = DatabaseSite(
      manifest: manifest, credentials: folder,
      configuration: postgres.configuration(as: postgres.superuser, database: database), loop: loop.loop,
      logger: logger)
    site.replacesPasswords = replacingPasswords
    return PostgresBootstrap(site, engine: PostgresEngine())
  }

  /// The logins of persons. `hearsEnd` hears of each that ended.
  func personalAccess(hearsEnd: @escaping @Sendable (OpenedAccess) -> Void) -> PostgresGrants {
    PostgresGrants(
      manifest: manifest, credentials: credentials, administrator: administrator, driver: accountDriver,
      loop: loop.loop, hearsEnd: hearsEnd)
  }

  /// A bootstrap that waits for so long for tables.
  func bootstrap(waiting limits: LockLimits) -> PostgresBootstrap {
    bootstrap(as: postgres.superuser, waiting: limits)
  }

  private func bootstrap(
    as account: PostgresServer.Account, _ other: AccessManifest? = nil,
    database: String = ServerFleet.database, waiting limits: LockLimits = LockLimits()
  ) -> PostgresBootstrap {
    PostgresBootstrap(
      DatabaseSite(
        manifest: other ?? manifest, credentials: credentials,
        configuration: postgres.configuration(as: account, database: database), loop: loop.loop,
        logger: logger),
      engine: PostgresEngine(), limits: limits)
  }

  var access: AccessController { access(by: administrator) }

  private func access(by administrator: Database) -> AccessController {
    AccessController(targets: [grants(manifest, by: administrator), cacheGrants])
  }

  /// The cache's rights alone. A comparison of the database logs in as each account, which a change of the cache need not
  /// wait for.
  var cacheAccess: AccessController { AccessController(targets: [cacheGrants]) }

  /// The cache's rights by another manifest.
  func cacheAccess(_ other: AccessManifest) -> AccessController {
    AccessController(
      targets: [RedisGrants(manifest: other, credentials: credentials, administrator: cacheAdministrator)])
  }

  private var cacheGrants: RedisGrants {
    RedisGrants(manifest: manifest, credentials: credentials, administrator: cacheAdministrator)
  }

  private func grants(_ manifest: AccessManifest, by administrator: Database) -> PostgresGrants {
    PostgresGrants(
      manifest: manifest, credentials: credentials, administrator: administrator, driver: accountDriver,
      loop: loop.loop)
  }

  /// The rights by another manifest, with other limits, or with the end of retired accounts.
  func access(
    _ other: AccessManifest? = nil, limits: LockLimits = LockLimits(), dropsRetired: Bool = false
  ) -> AccessController {
    let manifest = other ?? manifest
    return AccessController(
      targets: [
        PostgresGrants(
          manifest: manifest, credentials: credentials, administrator: administrator, driver: accountDriver,
          loop: loop.loop, limits: limits, dropsRetired: dropsRetired),
        RedisGrants(manifest: manifest, credentials: credentials, administrator: cacheAdministrator),
        RetiredCredentials(manifest, store: credentials, removes: dropsRetired),
      ])
  }

  /// Brings the servers to the manifest: bootstrap, migrations, credentials, rights.
  func setUp() async throws {
    _ = try await bootstrap.run()
    // The tests' own account would be mentioned as a role of others.
    try await asSuperuser("ALTER ROLE \"\(postgres.owner.name)\" NOCREATEROLE")
    try await MigrationEngine(administrator).up()
    _ = try credentials.createMissing(for: manifest.credentialNames)
    try credentials.replace(manifest.administrators.cacheAccount, with: redis.password)
    _ = try await access.apply()
  }

  func deviations() async throws -> [Deviation] {
    try await access.verify().flatMap(\.value).filter { !$0.isNote }
  }

  /// The deviations of the cache alone.
  func cacheDeviations() async throws -> [Deviation] {
    try await cacheAccess.verify().flatMap(\.value).filter { !$0.isNote }
  }

  /// What `verify` mentions and counts as no deviation.
  func notes() async throws -> [Deviation] {
    try await access.verify().flatMap(\.value).filter(\.isNote)
  }

  /// The deviations that the operator's next command reports. Its session starts with the role's current settings.
  func deviationsInNewSession() async throws -> [Deviation] {
    let administrator = Self.database(
      Self.driver(postgres, as: administratorAccount), loop.loop, logger)
    let found = try await access(by: administrator).verify().flatMap(\.value).filter { !$0.isNote }
    await administrator.close()
    return found
  }

  func proof(_ other: AccessManifest? = nil, locks: LockLimits? = nil) async throws -> ProofReport {
    try await prover(of: other ?? manifest, locks: locks).run()
  }

  /// The proof of the cache alone.
  func cacheProof() async throws -> ProofReport {
    try await prover(of: manifest, triesDatabase: false).run()
  }

  /// The proof of one account of the database, or of them all where it is none of ours.
  func databaseProof(of account: String) async throws -> ProofReport {
    let isOurs = manifest.databaseAccount(named: account) != nil
    return try await prover(of: manifest, triesCache: false, tries: isOurs ? [account] : []).run()
  }

  var prover: Prover { prover(of: manifest) }

  private func prover(
    of manifest: AccessManifest, locks: LockLimits? = nil, triesDatabase: Bool = true,
    triesCache: Bool = true,
    tries chosen: Set<String> = []
  ) -> Prover {
    let (credentials, driver, redis, loop) = (credentials, accountDriver, redis, loop.loop)
    var database = ProofDatabase(
      administrator: administrator, escapeAttempts: .postgreSQL, loop: loop, logger: logger,
      login: driver, driver: { driver($0, try credentials.password(of: $0)) })
    if let locks { database.locks = locks }
    let (grants, cacheAdministrator) = (grants(manifest, by: administrator), cacheAdministrator)
    database.untriedRights = { try await grants.verify().heldRights }
    var cache = ProofCache(
      probes: .redis,
      login: { account, password in
        try await RedisConnection.open(
          Self.configuration(redis, user: account, password: password),
          options: .patient("prove"), on: loop)
      }
    ) { account in
      let password = try credentials.password(of: account)
      return try await RedisConnection.open(
        Self.configuration(redis, user: account, password: password),
        options: .patient("prove"), on: loop)
    }
    cache.survey = { try await RedisAdministration.survey(manifest, credentials, by: cacheAdministrator) }
    return Prover(
      manifest: manifest, database: triesDatabase ? database : nil, cache: triesCache ? cache : nil,
      accounts: chosen,
      now: { Timestamp(microsecondsSinceEpoch: 1_800_000_000_000_000) })
  }

  /// Restarts the database server; the pools connect again.
  func restartDatabase() async throws {
    try await postgres.control.restart()
    try await eventually("the server is back") {
      guard (try? await self.asSuperuser("SELECT 1")) != nil else { return false }
      return (try? await self.asAdministrator("SELECT 1")) != nil
    }
  }

  // MARK: Tampering

  func asSuperuser(_ statements: String...) async throws { try await asSuperuser(statements) }

  func asSuperuser(_ statements: [String]) async throws {
    for sql in statements { _ = try await superuser.unsafeQuery(unsafeSQL: sql) }
  }

  /// Whether a role may log in; nil where there is none.
  func canLogin(_ role: String) async throws -> Bool? {
    let rows = try await superuser.unsafeQuery(
      unsafeSQL: "SELECT rolcanlogin FROM pg_roles WHERE rolname = $1", [.text(role)])
    return rows.rowCount == 0 ? nil : try rows.boolean(0, 0)
  }

  /// The number of sessions of a role.
  func sessions(of role: String) async throws -> Int64 {
    try await superuser.unsafeQuery(
      unsafeSQL: "SELECT count(*) FROM pg_stat_activity WHERE usename = $1", [.text(role)]
    ).integer(0, 0)
  }

  /// Executes statements as an account of the fleet, in a session of their own.
  func act(as account: String, _ statements: String...) async throws {
    let database = try database(as: account)
    for sql in statements { _ = try await database.unsafeQuery(unsafeSQL: sql) }
    await database.close()
  }

  /// Executes statements in another database of the server.
  func asSuperuser(inDatabase name: String, _ statements: String...) async throws {
    let driver = PostgresDriver(configuration: postgres.configuration(as: postgres.superuser, database: name))
    let other = Self.database(driver, loop.loop, logger)
    for sql in statements { _ = try await other.unsafeQuery(unsafeSQL: sql) }
    await other.close()
  }

  func asAdministrator(_ statements: String...) async throws {
    for sql in statements { _ = try await administrator.unsafeQuery(unsafeSQL: sql) }
  }

  /// Executes a statement of a script, without transaction control, because each statement gets its own session.
  func asAdministratorInOrder(_ statement: String) async throws {
    guard !["BEGIN", "COMMIT"].contains(statement), !statement.hasPrefix("SET LOCAL") else { return }
    try await asAdministrator(statement)
  }

  /// Rewrites the server's `pg_hba.conf` as its superuser.
  func admitEveryone(to database: String = "all", by method: String) async throws {
    try await admit(lines: [
      "host \(database) all 127.0.0.1/32 \(method)", "host all all 127.0.0.1/32 scram-sha-256",
    ])
  }

  /// Sets another authentication method for one account.
  func admit(_ account: String, by method: String) async throws {
    try await admit(lines: [
      "host all \(account) 127.0.0.1/32 \(method)", "host all all 127.0.0.1/32 scram-sha-256",
    ])
  }

  /// Puts a rule before the one of all accounts.
  func admit(_ rule: String) async throws {
    try await admit(lines: [rule, "host all all 127.0.0.1/32 scram-sha-256"])
  }

  private func admit(lines: [String]) async throws {
    let path = try await superuser.unsafeQuery(unsafeSQL: "SELECT current_setting('hba_file')").text(0, 0)
    let values = lines.map { "('\($0)')" }.joined(separator: ", ")
    try await asSuperuser("COPY (VALUES \(values)) TO '\(path)'", "SELECT pg_reload_conf()")
  }

  func asCacheAdministrator(_ command: String) async throws {
    var words = command.split(separator: " ").map(String.init)
    // A selector is one argument that contains spaces.
    if let start = words.firstIndex(where: { $0.hasPrefix("(") }) {
      words = words[..<start] + [words[start...].joined(separator: " ")]
    }
    _ = try await cacheAdministrator.command(words.map { CacheWord.words(ofLine: "\"\($0)\"")[0] })
  }

  func database(as account: String) throws -> Database {
    Self.database(accountDriver(account, try credentials.password(of: account)), loop.loop, logger)
  }

  // MARK: Connections

  private var accountDriver: AccountDriver {
    let postgres = postgres
    return { account, password in
      Self.driver(postgres, as: PostgresServer.Account(name: account, password: password))
    }
  }

  /// A driver as the tool's, which connects to a database whose default is read-only, too.
  private static func driver(_ postgres: PostgresServer, as account: PostgresServer.Account) -> PostgresDriver
  {
    var configuration = postgres.configuration(as: account, database: database)
    configuration.repairsServer = true
    return PostgresDriver(configuration: configuration)
  }

  private static func database(_ driver: any DatabaseDriver, _ loop: EventLoop, _ logger: Logger) -> Database
  {
    Database(driver: driver, loop: loop, configuration: .patient(4), logger: logger)
  }

  /// Runs `body` while a session of a database account is open.
  func withSession(
    as account: String, password: Secret, _ body: (DriverSession) async throws -> Void
  ) async throws {
    try await DriverSession.with(accountDriver(account, password), on: loop.loop, body)
  }

  /// Opens a connection of a cache account with any password.
  func cacheSession(as account: String, password: Secret) async throws -> RedisConnection {
    try await RedisConnection.open(
      Self.configuration(redis, user: account, password: password), options: .patient("session"),
      on: loop.loop)
  }

  private static func configuration(
    _ redis: RedisServer, user: String, password: Secret
  ) -> CacheConfiguration {
    CacheConfiguration(
      endpoint: Endpoint(host: redis.host, port: redis.port), user: user, password: password)
  }
}
