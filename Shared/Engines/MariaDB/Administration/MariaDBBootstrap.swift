import AccessAdministration
import AccessManifest
import AccessPlanning
import DataAccess
import MariaDBDriver
import Migrations
import Secrets

/// Creates the database and its administrator, once, as the server's superuser, and makes the changes that only the
/// superuser can make.
struct MariaDBBootstrap {
  let site: DatabaseSite
  let engine: any DatabaseEngine

  /// The database that every account can see.
  static let commonDatabase = "information_schema"

  private var database: String { site.configuration.name }
  private var administrator: String { site.manifest.administrators.databaseAccount }

  /// Runs the missing steps and returns them; returns none when nothing is missing.
  func run() async throws(AccessError) -> BootstrapOutcome {
    guard site.configuration.user != administrator else {
      throw .unsupported(
        "bootstrap runs as the server's superuser, but DB_USER is \(administrator): set DB_USER to the superuser"
      )
    }
    try await waitForServer()
    var nodes = MariaDBNodes(of: site, engine)
    nodes.configuration.name = Self.commonDatabase
    let made = try await working(in: Self.commonDatabase) {
      [nodes] (server) async throws(AccessError) -> [PlannedStep] in
      // A server that has left its cluster would make the database for itself.
      try await nodes.refuseOutsider(server)
      let grants = grants(by: server)
      let state = try await grants.state(using: server)
      try refuseWithoutHashes(state)
      if !site.replacesPasswords { try refuseOtherPassword(state, in: server.dialect.engineName) }
      let exists = try await count(Self.databaseQuery, server) > 0
      if exists { try await refuseDatabaseOfOthers(server) }
      try grants.comparison(with: state).refuseOtherFleet()
      do throws(CredentialStore.Failure) {
        _ = try site.credentials.createMissing(for: [administrator])
      } catch {
        throw .credential(error)
      }
      return exists ? [] : [try await makeDatabase(server)]
    }
    do {
      return try await working(in: database) { (target) async throws(AccessError) -> BootstrapOutcome in
        let repaired = try await repair(target)
        return BootstrapOutcome(engine: target.dialect.engineName, done: made + repaired)
      }
    } catch {
      throw error.after(made)
    }
  }

  // MARK: The database

  private func makeDatabase(_ server: Database) async throws(AccessError) -> PlannedStep {
    let step = PlannedStep(
      "CREATE DATABASE \(MariaDBSQL.identifier(database)) CHARACTER SET utf8mb4 \(SessionSettings.collation)",
      reason: "database \(database) does not exist", authority: .superuser)
    try await change(step.text, server)
    return step
  }

  private static let databaseQuery =
    "SELECT count(*) FROM information_schema.schemata WHERE schema_name = ?"

  /// A wrong DB_NAME must not open another team's database. One of ours has the record of migrations, and an empty one
  /// belongs to no application yet.
  private func refuseDatabaseOfOthers(_ server: Database) async throws(AccessError) {
    let found = try await count(Self.columnsOfRecord, server)
    guard found < RightsQueries.recordColumns else { return }
    let others = try await count(Self.tables, server) + (try await count(Self.routines, server))
    guard others > 0 else { return }
    throw .unsupported(
      "the database \(database) has \(others == 1 ? "1 table, view or routine" : "\(others) tables, views or routines") "
        + "that no migration of ours made: set DB_NAME to the fleet's own")
  }

  private static let columnsOfRecord =
    "SELECT count(*) FROM information_schema.columns WHERE table_schema = ? AND \(RightsQueries.ofRecord)"
  private static let tables = "SELECT count(*) FROM information_schema.tables WHERE table_schema = ?"
  private static let routines = "SELECT count(*) FROM information_schema.routines WHERE routine_schema = ?"

  private func count(_ sql: String, _ server: Database) async throws(AccessError) -> Int64 {
    do {
      return try await server.unsafeQuery(
        unsafeSQL: sql, [.text(database)], label: "look for the database", isRead: true
      ).integer(0, 0)
    } catch {
      throw .database(error)
    }
  }

  // MARK: The administrator

  /// Refuses where the server has a password of the administrator that is not of the folder: another fleet may use it. It
  /// makes no file, which would look like the wish for a new password.
  private func refuseOtherPassword(_ state: MariaDBState, in engine: String) throws(AccessError) {
    guard let found = state.accounts[MariaDBGrantee(user: administrator)], !found.isLocked else { return }
    let (login, scheme) = (found.login, state.catalog.passwords)
    if scheme.isUnusable(login) || login.plugin == scheme.plugin && login.verifier.isEmpty { return }
    var passwords: [Secret] = []
    do throws(CredentialStore.Failure) {
      passwords = try site.credentials.content(of: administrator).passwords
    } catch .missing {
    } catch {
      throw .credential(error)
    }
    let verifiers = [login.verifier, login.secondVerifier].filter { !$0.isEmpty }
    let isOurs = passwords.contains { password in
      verifiers.contains { scheme.accepts($0, password.reveal()) }
    }
    if login.plugin == scheme.plugin, isOurs { return }
    throw .otherPassword(of: administrator, in: engine, than: site.credentials)
  }

  /// Refuses where the server would refuse the hash of the administrator that it does not have yet.
  private func refuseWithoutHashes(_ state: MariaDBState) throws(AccessError) {
    guard state.accounts[MariaDBGrantee(user: administrator)] == nil else { return }
    try ServerSetting.requireHashes(in: state.settings)
  }

  /// The steps of a plan that the administrator could not execute, among them those of its own account. The rest is left
  /// to `apply`. What was written into the server's tables without a FLUSH takes effect before, so that the server enforces
  /// what the comparison reads.
  private func repair(_ target: Database) async throws(AccessError) -> [PlannedStep] {
    do throws(DatabaseError) {
      try await target.change(Self.flush, label: Self.flush)
    } catch  where error.isPermissionDenied {
      // The superuser of a provider may not.
    } catch {
      throw .database(error)
    }
    return try await grants(by: target).execute(as: .superuser).done
  }

  private func grants(by superuser: Database) -> MariaDBGrants {
    MariaDBGrants(
      manifest: site.manifest, credentials: site.credentials, administrator: superuser, database: database,
      nodes: MariaDBNodes(of: site, engine))
  }

  private static let flush = "FLUSH PRIVILEGES"

  // MARK: Connections

  private func waitForServer() async throws(AccessError) {
    do {
      try await Database.waitUntilReachable(
        driver: engine.driver(configuration(of: Self.commonDatabase)), loop: site.loop,
        attempts: site.configuration.maximumRetries, delaySeconds: site.configuration.retryDelaySeconds,
        logger: site.logger, acceptsRefusals: false)
    } catch {
      throw .database(error)
    }
  }

  private func configuration(of database: String) -> DatabaseConfiguration {
    var configuration = site.configuration
    configuration.name = database
    return configuration
  }

  private func working<Value: Sendable>(
    in database: String, _ body: (Database) async throws(AccessError) -> Value
  ) async throws(AccessError) -> Value {
    let opened = Database(
      driver: engine.driver(configuration(of: database)), loop: site.loop,
      configuration: PoolConfiguration(size: 1), logger: site.logger)
    let result: Result<Value, AccessError>
    do throws(AccessError) {
      result = .success(try await body(opened))
    } catch {
      result = .failure(error)
    }
    await opened.close()
    return try result.get()
  }

  private func change(_ sql: String, _ server: Database) async throws(AccessError) {
    do {
      try await server.change(sql, label: sql)
    } catch {
      throw .database(error)
    }
  }
}
