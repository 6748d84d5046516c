import EventLoop
import HTTP
import Identity
import Routing
import Runtime

/// Makes the responder of one loop: the service's own routes and the common routes, inside logging, metrics,
/// authentication and error mapping.
struct ResponderFactory: Sendable {
  let definition: any ServiceDefinition
  let lifeCycle: LifeCycle
  let readiness: Readiness
  let sink: LogSink
  /// The resources of every loop; each responder belongs to one loop.
  let resources: [LoopResources]
  /// What a service that cannot read the sessions knows of their ends.
  let sessions: SessionWatch?
  let measurements: MetricsRoute
  /// Whether probes and measurements have a listener of their own. The public one then shows no measurements.
  let hasProbeListener: Bool
  private let lines = TroubleLines()

  /// Whether a response that breaks its route's description fails. Debug builds do so, for the tests.
  private static var holdsToDescription: Bool {
    #if DEBUG
      true
    #else
      false
    #endif
  }

  func responder(on loop: EventLoop) async throws -> any Responder {
    guard let resources = resources.first(where: { $0.loop === loop }) else {
      throw StartFailure.refused("loop \(loop.name) has no resources")
    }
    let router = try await router(on: resources)
    let mapping = ErrorMapping(
      account: resources.configuration.database.configuration.user, logger: resources.logger,
      metrics: resources.metrics, lines: lines)
    let responder = router.build(
      mapError: mapping.problem, observers: observers(resources, on: loop),
      holdsToDescription: Self.holdsToDescription)
    let policy = CrossOriginPolicy(origins: resources.configuration.listener.crossOrigins)
    return policy.isEmpty ? responder : CrossOriginResponder(responder, policy)
  }

  /// The responder of the probes' listener.
  func probeResponder(on loop: EventLoop) -> any Responder {
    var router = Router()
    ProbeRoutes(lifeCycle: lifeCycle, readiness: readiness).add(to: &router)
    let first = resources[0]
    measurements.add(to: &router)
    return router.build(observers: observers(first, on: loop))
  }

  private func router(on resources: LoopResources) async throws -> Router {
    guard let revocation = definition.revocation(on: resources) ?? sessions else {
      throw StartFailure.refused("\(definition.name) cannot tell which sessions have ended")
    }
    var router = Router(middleware: [
      resources.tokens.authentication(revocation: revocation),
      ChangeLimitMiddleware(limit: resources.changes),
    ])
    ProbeRoutes(lifeCycle: lifeCycle, readiness: readiness).add(to: &router)
    if !hasProbeListener { measurements.add(to: &router) }
    try WhoamiRoute(resources.configuration).add(to: &router)
    try await definition.addRoutes(to: &router, on: resources)
    DocumentationRoutes(title: definition.name).add(to: &router)
    return router
  }

  private func observers(_ resources: LoopResources, on loop: EventLoop) -> [any RequestObserver] {
    let metrics = RequestMetrics(registry: resources.metrics, loop: loop)
    let log = resources.configuration.log
    let slow = SlowRequestLog(
      thresholdMilliseconds: log.slowMilliseconds, logger: resources.logger, loop: loop)
    guard log.level <= .info else { return [metrics, slow] }
    return [
      metrics, slow,
      AccessLog(
        service: definition.name, account: resources.configuration.database.configuration.user,
        format: log.format, sink: sink, loop: loop),
    ]
  }
}
