import EventLoop
import HTTPServer
import Routing
import Transport

/// The listener of `PROBE_PORT`: `/livez`, `/readyz` and `/metrics`, on a loop and a thread of its own. No client of the
/// public port can fill them, and none of this one keeps a place from the next.
struct ProbeListener: Sendable {
  /// A scrape reads the state of every loop.
  private static let responseSeconds = 10

  /// The listener's address.
  let address: SocketAddress
  let server: HTTPServer

  /// Starts listening on the probes' loop.
  static func start(
    on loop: EventLoop, host: String, port: Int,
    makeResponder: @escaping @Sendable (EventLoop) async throws -> any Responder
  ) async throws -> ProbeListener {
    let server = HTTPServer(
      group: EventLoopGroup(loops: [loop]),
      configuration: .fewClients(
        host: host, port: UInt16(clamping: port), reservedTargets: ProbeRoutes.paths + [MetricsRoute.path],
        responseTimeoutSeconds: responseSeconds),
      makeResponder: makeResponder)
    return ProbeListener(address: try await server.start(), server: server)
  }

  /// Stops listening. The probes' answers during a shutdown end with it.
  func stop() async { await server.stop(drainSeconds: 0) }
}
