import Cache
import DataAccess
import EventLoop
import Logging
import Runtime

/// What one event loop owns. Handlers and repositories are made from it, once for each loop, so that a request never
/// leaves the loop that accepted it.
package struct LoopResources: Sendable {
  /// The loop itself.
  package let loop: EventLoop
  /// The loop's share of the connections.
  package let database: Database
  /// The loop's own cache connection.
  package let cache: Cache
  /// The token key: the half that this service holds.
  package let tokens: TokenAuthority
  /// The service's logger.
  package let logger: Logger
  /// The registry behind `/metrics`, for measurements of the service's own.
  package let metrics: MetricRegistry
  /// What the environment said.
  package let configuration: ServiceConfiguration

  /// Puts together what belongs to one loop.
  package init(
    loop: EventLoop, database: Database, cache: Cache, tokens: TokenAuthority, logger: Logger,
    metrics: MetricRegistry, configuration: ServiceConfiguration
  ) {
    self.loop = loop
    self.database = database
    self.cache = cache
    self.tokens = tokens
    self.logger = logger
    self.metrics = metrics
    self.configuration = configuration
  }
}
