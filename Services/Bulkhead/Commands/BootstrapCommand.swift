import ArgumentParser
import Cache
import DataAccess
import Grants
import PostgresDriver
import Runtime
import SQLiteDriver
import Secrets
import Service

/// `bulkhead bootstrap`: the one command that runs as the engine's superuser, once.
struct BootstrapCommand: ToolCommand {
  static let configuration = CommandConfiguration(
    commandName: "bootstrap",
    abstract: "As the engine's superuser: creates the database, its administrator and the cache's.",
    discussion: """
      DB_USER and DB_PASS are the superuser's here, CACHE_USER and CACHE_PASS those of the cache's first user. The \
      administrators get no more than they need, and random passwords in the credentials folder. A second run does \
      nothing.
      """)

  func work(on workbench: Workbench) async throws -> Runtime.ExitCode {
    let administrators = workbench.manifest.administrators
    try adoptCacheCredential(on: workbench)
    _ = try workbench.credentials.createMissing(
      for: [administrators.databaseAccount, administrators.cacheAccount])
    try await bootstrapDatabase(on: workbench, administrator: administrators.databaseAccount)
    try await bootstrapCache(on: workbench, administrator: administrators.cacheAccount)
    return .success
  }

  /// Where the cache's administrator itself runs this, the password it came with is the one to keep.
  private func adoptCacheCredential(on workbench: Workbench) throws {
    let cache = workbench.environment.cache
    let administrator = workbench.manifest.administrators.cacheAccount
    guard cache.kind == .redis, cache.user == administrator else { return }
    if !workbench.credentials.contains(administrator) {
      try workbench.credentials.replace(administrator, with: cache.password)
    }
  }

  private func bootstrapDatabase(on workbench: Workbench, administrator: String) async throws {
    let console = workbench.console
    let settings = workbench.environment.database
    guard settings.engine != .sqlite else {
      return console.say("SQLite: nothing to do; the file's owner is its administrator")
    }
    guard settings.user != administrator else {
      throw ToolError("bootstrap runs as the engine's superuser; DB_USER is \(administrator)")
    }
    try await Database.waitUntilReachable(
      driver: Self.driver(settings, database: PostgresBootstrap.maintenanceDatabase), loop: workbench.loop,
      attempts: settings.maximumRetries, delaySeconds: settings.retryDelaySeconds, logger: workbench.logger)
    let password = try workbench.credentials.password(of: administrator)
    let bootstrap = PostgresBootstrap(
      manifest: workbench.manifest, database: settings.name, password: password,
      connect: { name in
        Database(
          driver: Self.driver(settings, database: name), loop: workbench.loop,
          configuration: PoolConfiguration(size: 1), logger: workbench.logger)
      },
      passwordIsKnown: { () async throws(AccessError) in
        try await Self.isKnown(password, of: administrator, on: workbench)
      })
    show(try await bootstrap.run(), of: "PostgreSQL", on: console)
  }

  private func bootstrapCache(on workbench: Workbench, administrator: String) async throws {
    let password = try workbench.credentials.password(of: administrator)
    try await workbench.withCache { connection in
      guard let connection else { return workbench.console.say("memory cache: nothing to do") }
      let bootstrap = RedisBootstrap(manifest: workbench.manifest, password: password, connection: connection)
      show(try await bootstrap.run(), of: "Redis", on: workbench.console)
    }
  }

  private func show(_ steps: [PlannedStep], of engine: String, on console: Console) {
    console.say("\(engine): \(steps.isEmpty ? "nothing to do" : "\(steps.count) done")")
    for step in steps { console.say("  \(console.out.green("+")) \(step.text)") }
  }

  private static func driver(_ settings: DatabaseSettings, database: String) -> PostgresDriver {
    var configuration = DatabaseConfiguration(settings)
    configuration.name = database
    return PostgresDriver(configuration: configuration)
  }

  private static func isKnown(
    _ password: Secret, of account: String, on workbench: Workbench
  ) async throws(AccessError) -> Bool {
    var settings = workbench.environment.database
    settings.user = account
    settings.password = password
    let database = Database(
      driver: driver(settings, database: PostgresBootstrap.maintenanceDatabase), loop: workbench.loop,
      configuration: PoolConfiguration(size: 1), logger: workbench.logger)
    let outcome: Result<Bool, AccessError>
    do {
      try await database.ping()
      outcome = .success(true)
    } catch {
      outcome = error.kind == .authenticationFailed ? .success(false) : .failure(.database(error))
    }
    await database.close()
    return try outcome.get()
  }
}
