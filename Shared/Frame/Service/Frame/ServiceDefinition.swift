import Cache
import HTTP
import Routing
import Runtime

/// What makes a program one of the fleet's services. Each service has one, in its `Composition.swift`.
///
/// The frame reads the configuration, opens what a loop owns, and adds the routes that every service has; the
/// definition says the rest. A program that plays several parts (`PLATFORM`, `ROLE`) chooses its definition while it
/// reads the environment.
package protocol ServiceDefinition: Sendable {
  /// The service's name in logs, metrics and `whoami`, for example `twitch-trigger`.
  var name: String { get }

  /// The port where `HTTP_PORT` is not given.
  var defaultPort: Int { get }

  /// Which half of the token key it holds.
  var tokenKey: TokenKeyHalf { get }

  /// Which keys of the cache it may touch. The server refuses the others too; this refuses them before they are sent.
  var cacheRights: CacheRights { get }

  /// The engines that the program is built with; `DB_TYPE` and `CACHE_TYPE` select one of each.
  var engines: EngineRegistry { get }

  /// Adds the service's own routes. Called once for each loop, with what that loop owns.
  func addRoutes(to router: inout Router, on resources: LoopResources) async throws

  /// Whether a token that is otherwise good was taken back. Only who can read the sessions can tell.
  func isRevoked(_ principal: Principal, on resources: LoopResources) async throws -> Bool

  /// Work beside the requests, started on the first loop once the service is ready; it is cancelled on the way out.
  func work(on resources: LoopResources) async
}

extension ServiceDefinition {
  /// Believes the token until it expires.
  package func isRevoked(_ principal: Principal, on resources: LoopResources) async throws -> Bool { false }

  /// None.
  package func work(on resources: LoopResources) async {}
}
