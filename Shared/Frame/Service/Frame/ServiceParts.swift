import Cache
import DataAccess
import EventLoop
import Logging
import Runtime

/// Makes what each loop owns, once the database has been found fit to be used.
struct ServiceParts: Sendable {
  private let definition: any ServiceDefinition
  private let configuration: ServiceConfiguration
  private let driver: any DatabaseDriver
  private let logger: Logger
  private let metrics: MetricRegistry

  init(
    _ definition: any ServiceDefinition, _ configuration: ServiceConfiguration, logger: Logger,
    metrics: MetricRegistry
  ) {
    self.metrics = metrics
    self.definition = definition
    self.configuration = configuration
    self.logger = logger
    driver = configuration.database.driver
  }

  func resources(on group: EventLoopGroup) async throws -> [LoopResources] {
    let gate = StartupCheck(
      driver: driver, configuration: configuration.database.configuration, logger: logger)
    try await gate.pass(on: group.loops[0])
    let tokens = try await TokenAuthority.load(configuration.tokenKey, logger: logger)
    metrics.collect(ProcessMetrics.samples)
    let source = configuration.cache.engine.source(
      configuration.cache.configuration, rights: [definition.cacheRights])
    let shares = PoolConfiguration.deal(
      configuration.database.configuration.poolSize, over: group.loops.count)
    return try zip(group.loops, shares).map { loop, share in
      LoopResources(
        loop: loop,
        database: Database(
          driver: driver, loop: loop, configuration: PoolConfiguration(size: share), logger: logger),
        cache: try cache(on: loop, from: source), tokens: tokens, logger: logger, metrics: metrics,
        configuration: configuration)
    }
  }

  private func cache(on loop: EventLoop, from source: any CacheSource) throws -> Cache {
    // Keys bear the name their rights bear: the rollup worker writes under analytics'.
    let service = String(definition.cacheRights.keyPrefix.prefix { $0 != ":" })
    return try Cache.open(service: service, from: source, on: loop, logger: logger)
  }
}
