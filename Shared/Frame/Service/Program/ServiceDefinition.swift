import Cache
import HTTP
import Identity
import Routing
import Runtime

/// What differs between the fleet's services. Each service has one definition, in its `Composition.swift`.
///
/// The frame reads the configuration, opens the resources of each loop, and adds the routes that every service has;
/// the definition supplies the rest. A program with several parts (`PLATFORM`, `ROLE`) chooses its definition while
/// it reads the environment.
package protocol ServiceDefinition: Sendable {
  /// The service's name in logs, metrics and `whoami`, for example `twitch-trigger`.
  var name: String { get }

  /// The port when `HTTP_PORT` is not set.
  var defaultPort: Int { get }

  /// The half of the token key that the service holds.
  var tokenKey: TokenKeyHalf { get }

  /// The service's rights on cache keys. The cache refuses other keys too; this refuses them before they are sent.
  var cacheRights: CacheRights { get }

  /// The engines that the program is built with; `DB_TYPE` and `CACHE_TYPE` select one of each.
  var engines: EngineRegistry { get }

  /// Adds the service's own routes. Called once for each loop, with that loop's resources.
  func addRoutes(to router: inout Router, on resources: LoopResources) async throws

  /// The check for revoked tokens. Without one the service follows the event log (``SessionWatch``), which its account
  /// must be allowed to read. Called once for each loop.
  func revocation(on resources: LoopResources) -> (any RevocationCheck)?

  /// Background work. It starts on the first loop when the service is ready, and is cancelled at shutdown.
  func work(on resources: LoopResources) async
}

extension ServiceDefinition {
  /// None: the service cannot read the sessions.
  package func revocation(on resources: LoopResources) -> (any RevocationCheck)? { nil }

  /// None.
  package func work(on resources: LoopResources) async {}
}
