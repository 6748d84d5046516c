import AccessAdministration
import AccessManifest
import AccessPlanning
import DataAccess
import MariaDBDriver
import Migrations
import Schema
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
    do {
      _ = try site.credentials.createMissing(for: [administrator])
    } catch {
      throw .credential(error)
    }
    try await waitForServer()
    var nodes = MariaDBNodes(of: site, engine)
    nodes.configuration.name = Self.commonDatabase
    let made = try await working(in: Self.commonDatabase) {
      [nodes] (server) async throws(AccessError) -> [PlannedStep] in
      // A server that has left its cluster would make the database for itself.
      try await nodes.refuseOutsider(server)
      return try await makeDatabase(server)
    }
    return try await working(in: database) { (target) async throws(AccessError) -> BootstrapOutcome in
      let repaired = try await repair(target)
      return BootstrapOutcome(engine: target.dialect.engineName, done: made + repaired)
    }
  }

  // MARK: The database

  private func makeDatabase(_ server: Database) async throws(AccessError) -> [PlannedStep] {
    let found = try await count(Self.databaseQuery, server)
    if found > 0 {
      try await refuseDatabaseOfOthers(server)
      return []
    }
    let step = PlannedStep(
      "CREATE DATABASE \(MariaDBSQL.identifier(database)) CHARACTER SET utf8mb4 \(SessionSettings.collation)",
      reason: "database \(database) does not exist", authority: .superuser)
    try await change(step.text, server)
    return [step]
  }

  private static let databaseQuery =
    "SELECT count(*) FROM information_schema.schemata WHERE schema_name = ?"

  /// A wrong DB_NAME must not open another team's database. One of ours has the record of migrations, and an empty one
  /// belongs to no application yet.
  private func refuseDatabaseOfOthers(_ server: Database) async throws(AccessError) {
    let others = try await count(Self.tablesOfOthers, server)
    guard others > 0 else { return }
    throw .unsupported(
      "the database \(database) has \(others) table\(others == 1 ? "" : "s") or views that no migration of ours made: "
        + "set DB_NAME to the fleet's own")
  }

  /// The tables and views in a database without the record of migrations.
  private static let tablesOfOthers = """
    SELECT if(sum(table_name = '\(SchemaMigrations.definition.name)') > 0, 0, count(*))
    FROM information_schema.tables WHERE table_schema = ?
    """

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

  /// The steps of a plan that the administrator could not execute, among them those of its own account. The rest is left
  /// to `apply`.
  private func repair(_ target: Database) async throws(AccessError) -> [PlannedStep] {
    let grants = MariaDBGrants(
      manifest: site.manifest, credentials: site.credentials, administrator: target, database: database,
      nodes: MariaDBNodes(of: site, engine))
    return try await grants.execute(as: .superuser).done
  }

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
