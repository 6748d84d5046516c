import Cache
import DataAccess
import EventLoop
import Logging
import Runtime

/// What one event loop owns. Handlers and repositories are made from it, once for each loop, so that a request never
/// leaves the loop that accepted it.
public struct LoopResources: Sendable {
  /// The loop itself.
  public let loop: EventLoop
  /// The loop's share of the connections.
  public let database: Database
  /// The loop's own cache connection.
  public let cache: Cache
  /// The token key: the half that this service holds.
  public let tokens: TokenAuthority
  /// The service's logger.
  public let logger: Logger
  /// The registry behind `/metrics`, for measurements of the service's own.
  public let metrics: MetricRegistry
  /// What the environment said.
  public let configuration: ServiceConfiguration

  /// Puts together what belongs to one loop.
  public init(
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
