import EventLoop
import HTTP
import HTTPServer
import Routing
import ServerTestSupport
import Synchronization
import Transport

/// A server of subscribers on loopback. The first segment of the path is how it answers: `/ok`, `/status/500`, `/hang`,
/// `/redirect`, `/large`, `/busy`. A request to `/hang` waits until ``hold(_:)`` says false.
final class Subscribers: Responder {
  private struct State {
    var requests: [Request] = []
    var address: SocketAddress?
    var isHolding = true
  }

  private let state = Mutex(State())

  var requests: [Request] { state.withLock { $0.requests } }
  func count(of path: String) -> Int { requests.count { $0.path == path } }

  func url(_ path: String) -> String {
    "http://\(state.withLock { $0.address?.description } ?? "not started")\(path)"
  }

  /// Whether requests to `/hang` wait. A worker that stops waits for those that run.
  func hold(_ holds: Bool) { state.withLock { $0.isHolding = holds } }

  private func hang() async {
    guard let loop = EventLoop.current else { return }
    while state.withLock({ $0.isHolding }), !Task.isCancelled { await loop.sleep(milliseconds: 10) }
  }

  func respond(to request: Request) async -> Response {
    state.withLock { $0.requests.append(request) }
    let parts = request.path.split(separator: "/")
    switch parts.first {
    case "status": return .text("answer \(parts[1])", status: Status(code: Int(parts[1]) ?? 500, reason: ""))
    case "hang": await hang()
    case "large": return Response(status: .ok, body: [UInt8](repeating: 0x78, count: 100_000))
    case "redirect":
      var response = Response(status: Status(code: 302, reason: ""))
      response.headers.set("Location", url("/ok"))
      return response
    case "busy":
      var response = Response(status: .serviceUnavailable)
      response.headers.set("Retry-After", "7200")
      return response
    default: break
    }
    return .text("thank you")
  }

  static func with<Value>(_ body: (Subscribers) async throws -> Value) async throws -> Value {
    let subscribers = Subscribers()
    let group = try EventLoopGroup(count: 1)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: .forTests()) { _ in subscribers }
    let address = try await server.start()
    subscribers.state.withLock { $0.address = address }
    do {
      let value = try await body(subscribers)
      await server.stop(drainSeconds: 0)
      return value
    } catch {
      await server.stop(drainSeconds: 0)
      throw error
    }
  }
}

extension Response {
  fileprivate static func text(_ text: String, status: Status = .ok) -> Response {
    Response(status: status, body: Array(text.utf8))
  }
}
