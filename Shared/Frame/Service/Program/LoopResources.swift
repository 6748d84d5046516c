import Cache
import DataAccess
import EventLoop
import Logging
import Runtime

/// Everything that one event loop owns. Each loop makes its own handlers and repositories from it, so that a request
/// stays on the loop that accepted it.
package struct LoopResources: Sendable {
  /// The loop itself.
  package let loop: EventLoop
  /// The loop's share of the connections.
  package let database: Database
  /// The loop's own cache connection.
  package let cache: Cache
  /// The half of the token key that this service holds.
  package let tokens: TokenAuthority
  /// The service's logger.
  package let logger: Logger
  /// The registry behind `/metrics`, for the service's own measurements.
  package let metrics: MetricRegistry
  /// The settings from the environment.
  package let configuration: ServiceConfiguration
  /// The limit of the changes of one user, which all loops of the process share.
  package let changes: ChangeLimit

  /// The resources of one loop.
  package init(
    loop: EventLoop, database: Database, cache: Cache, tokens: TokenAuthority, logger: Logger,
    metrics: MetricRegistry, configuration: ServiceConfiguration, changes: ChangeLimit
  ) {
    self.loop = loop
    self.database = database
    self.cache = cache
    self.tokens = tokens
    self.logger = logger
    self.metrics = metrics
    self.configuration = configuration
    self.changes = changes
  }
}

/// Makes the resources of every loop, after the database has passed the ``StartupCheck``.
struct LoopResourcesFactory: Sendable {
  private let definition: any ServiceDefinition
  private let configuration: ServiceConfiguration
  private let driver: any DatabaseDriver
  private let logger: Logger
  private let metrics: MetricRegistry

  init(
    _ definition: any ServiceDefinition, _ configuration: ServiceConfiguration,
    driver: any DatabaseDriver, logger: Logger, metrics: MetricRegistry
  ) {
    self.driver = driver
    self.metrics = metrics
    self.definition = definition
    self.configuration = configuration
    self.logger = logger
  }

  func resources(on group: EventLoopGroup) async throws -> [LoopResources] {
    let check = StartupCheck(
      driver: driver, configuration: configuration.database.configuration, logger: logger)
    try await check.pass(on: group.loops[0])
    let tokens = try await TokenAuthority.load(configuration.tokenKey, logger: logger)
    let changes = ChangeLimit(changes: configuration.userChanges)
    metrics.collect(ProcessMetrics.samples)
    let source = configuration.cache.engine.source(
      configuration.cache.configuration, rights: [definition.cacheRights])
    let shares = PoolConfiguration.deal(
      configuration.database.configuration.poolSize, over: group.loops.count)
    return try zip(group.loops, shares).map { loop, share in
      LoopResources(
        loop: loop, database: database(on: loop, connections: share),
        cache: try cache(on: loop, from: source), tokens: tokens, logger: logger, metrics: metrics,
        configuration: configuration, changes: changes)
    }
  }

  private func database(on loop: EventLoop, connections: Int) -> Database {
    let database = Database(
      driver: driver, loop: loop,
      configuration: PoolConfiguration(size: connections, serving: configuration.listener), logger: logger)
    let account = configuration.database.configuration.user
    database.unreadableRows?.observe { [metrics] row in metrics.countUnreadable(row) }
    database.observe(with: StatementMetrics(registry: metrics, loop: loop))
    database.observe(with: StatementLoad(loop: loop))
    database.observe(
      with: SlowStatementLog(
        settings: configuration.log, account: account, database: database, logger: logger))
    return database
  }

  private func cache(on loop: EventLoop, from source: any CacheSource) throws -> Cache {
    // Keys carry the name in the account's rights: the rollup worker writes under analytics' name.
    let service = String(definition.cacheRights.keyPrefix.prefix { $0 != ":" })
    let failures = CacheFailureCounters(metrics)
    return try Cache.open(
      service: service, access: definition.cacheRights.access, from: source, on: loop, logger: logger,
      onFailure: { failures.count($0) })
  }
}

extension PoolConfiguration {
  /// The limits of a pool whose statements serve requests: a statement may take as long as its request. Background work
  /// keeps the default where requests are shorter.
  init(size: Int, serving listener: ListenerSettings) {
    self.init(size: size)
    statementTimeoutMilliseconds = max(statementTimeoutMilliseconds, listener.requestTimeoutSeconds * 1_000)
  }
}
