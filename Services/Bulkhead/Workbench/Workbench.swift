import AccessManifest
import Cache
import DataAccess
import EventLoop
import Foundation
import Grants
import Logging
import PostgresDriver
import Runtime
import SQLiteDriver
import Schema
import Secrets
import Service

/// What a subcommand works with: the settings, the manifest, a loop, and the administrator's connections.
///
/// This is the tool's composition: the only place of it that names an engine.
struct Workbench: Sendable {
  let environment: ToolEnvironment
  let manifest: AccessManifest
  let credentials: CredentialStore
  let loop: EventLoop
  let logger: Logger
  let console: Console

  /// The administrator needs few connections, and one more while another holds the migration lock.
  static let administratorConnections = 2

  /// A migration may rewrite a large table.
  static let statementTimeoutMilliseconds = 3_600_000

  init(console: Console = Console()) throws {
    let environment = try ToolEnvironment()
    self.environment = environment
    self.console = console
    manifest = try AccessManifest.load(path: environment.tool.manifestPath)
    credentials = CredentialStore(directory: environment.tool.credentialsDirectory)
    logger = Logger.program("bulkhead", settings: environment.log)
    loop = try EventLoop.make(name: "bulkhead")
    Signals.ignoreBrokenPipes()
    loop.start()
  }

  /// The file of an embedded database.
  var databaseFile: String { DatabaseConfiguration(environment.database).name }

  /// The administrator's driver, with the account that the environment names.
  var administratorDriver: any DatabaseDriver {
    switch environment.database.engine {
    case .sqlite: SQLiteDriver.unrestricted(path: databaseFile)
    case .postgresql, .mysql: PostgresDriver(configuration: DatabaseConfiguration(environment.database))
    }
  }

  /// The driver of any account of the manifest.
  var accountDriver: AccountDriver {
    let settings = environment.database
    let administrator = manifest.administrators.databaseAccount
    return { account, password in
      var configuration = DatabaseConfiguration(settings)
      configuration.user = account
      configuration.password = password
      switch settings.engine {
      case .sqlite:
        return account == administrator
          ? SQLiteDriver.unrestricted(configuration: configuration)
          : SQLiteDriver(configuration: configuration)
      case .postgresql, .mysql: return PostgresDriver(configuration: configuration)
      }
    }
  }

  /// Opens the administrator's database for the time of `body`.
  func withDatabase<Result>(
    waiting: Bool = false, _ body: (Database) async throws -> Result
  ) async throws -> Result {
    if waiting {
      try await Database.waitUntilReachable(
        driver: administratorDriver, loop: loop, attempts: environment.database.maximumRetries,
        delaySeconds: environment.database.retryDelaySeconds, logger: logger)
    }
    let database = Database(
      driver: administratorDriver, loop: loop,
      configuration: PoolConfiguration(
        size: Self.administratorConnections, statementTimeoutMilliseconds: Self.statementTimeoutMilliseconds),
      logger: logger)
    do {
      let result = try await body(database)
      await database.close()
      return result
    } catch {
      await database.close()
      throw error
    }
  }

  /// The cache's line for any account of the manifest, or for the administrator.
  func cacheConfiguration(account: String, password: Secret) -> CacheConfiguration {
    var configuration = CacheConfiguration(environment.cache)
    configuration.user = account
    configuration.password = password
    return configuration
  }

  /// Opens the cache administrator's line for the time of `body`; there is none where the cache is in memory.
  func withCache<Result>(_ body: ((any CacheConnection)?) async throws -> Result) async throws -> Result {
    guard environment.cache.kind == .redis else { return try await body(nil) }
    let connection = try await RedisConnection.open(
      CacheConfiguration(environment.cache), options: RedisOptions(connectionName: "bulkhead"), on: loop)
    do {
      let result = try await body(connection)
      await connection.close()
      return result
    } catch {
      await connection.close()
      throw error
    }
  }

  /// The rights on both engines, for the time of `body`.
  func withAccess<Result>(_ body: (Access) async throws -> Result) async throws -> Result {
    try await withDatabase(waiting: true) { database in
      try await withCache { cache in
        try await body(
          Access(
            manifest: manifest, credentials: credentials, targets: [rights(in: database), rights(in: cache)]))
      }
    }
  }

  private func rights(in database: Database) -> any GrantTarget {
    switch environment.database.engine {
    case .sqlite: SQLiteGrants(manifest: manifest, administrator: database)
    case .postgresql, .mysql:
      PostgresGrants(
        manifest: manifest, credentials: credentials, administrator: database, driver: accountDriver,
        loop: loop)
    }
  }

  private func rights(in cache: (any CacheConnection)?) -> any GrantTarget {
    guard let cache else { return MemoryGrants() }
    return RedisGrants(manifest: manifest, credentials: credentials, administrator: cache)
  }
}

extension Workbench {
  /// A folder for what the tool keeps beside the credentials: keys, logs.
  func folder(_ name: String) -> URL {
    URL(fileURLWithPath: environment.tool.credentialsDirectory).deletingLastPathComponent()
      .appendingPathComponent(name)
  }
}
