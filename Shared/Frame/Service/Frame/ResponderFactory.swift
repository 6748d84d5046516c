import EventLoop
import HTTP
import Routing
import Runtime

/// Makes the responder of one loop: the service's routes and those that every service has, with logging, metrics,
/// authentication and error mapping around them.
struct ResponderFactory: Sendable {
  let definition: any ServiceDefinition
  let lifeCycle: LifeCycle
  let readiness: Readiness
  let sink: LogSink
  /// Of all loops; each responder belongs to one of them.
  let resources: [LoopResources]

  func responder(on loop: EventLoop) async throws -> any Responder {
    guard let resources = resources.first(where: { $0.loop === loop }) else {
      throw StartFailure.refused("loop \(loop.name) has no resources")
    }
    let router = try await router(on: resources)
    let mapping = ErrorMapping(
      account: resources.configuration.database.configuration.user, logger: resources.logger)
    return router.build(mapError: mapping.problem, observers: observers(on: resources))
  }

  private func router(on resources: LoopResources) async throws -> Router {
    let definition = definition
    let authentication = resources.tokens.authentication { try await definition.isRevoked($0, on: resources) }
    var router = Router(middleware: [authentication])
    ProbeRoutes(lifeCycle: lifeCycle, readiness: readiness).add(to: &router)
    MetricsRoute(registry: resources.metrics, resources: self.resources).add(to: &router)
    try WhoamiRoute(resources.configuration).add(to: &router)
    try await definition.addRoutes(to: &router, on: resources)
    OpenAPIRoute(title: definition.name).add(to: &router)
    return router
  }

  private func observers(on resources: LoopResources) -> [any RequestObserver] {
    let metrics = RequestMetrics(registry: resources.metrics, loop: resources.loop)
    let log = resources.configuration.log
    guard log.level <= .info else { return [metrics] }
    return [
      metrics,
      AccessLog(service: definition.name, format: log.format, sink: sink, loop: resources.loop),
    ]
  }
}
