import EventLoop
import HTTP
import HTTPServer
import Routing
import Synchronization
import Transport

/// A subscriber of webhooks on loopback, for the story: it accepts every delivery and keeps it.
final class StorySubscriber: Responder {
  private let requests = Mutex<[Request]>([])

  /// The deliveries so far.
  var deliveries: [Request] { requests.withLock { $0 } }

  func respond(to request: Request) async -> Response {
    requests.withLock { $0.append(request) }
    return .noContent()
  }

  /// Listens while the body runs, which gets the subscriber and its address.
  static func listen<Value>(
    _ body: (StorySubscriber, SocketAddress) async throws -> Value
  ) async throws -> Value {
    let subscriber = StorySubscriber()
    let group = try EventLoopGroup(count: 1)
    group.start()
    defer { group.stop() }
    let server = HTTPServer(group: group, configuration: .fewClients(reservedTargets: [])) { _ in subscriber }
    let address = try await server.start()
    do {
      let value = try await body(subscriber, address)
      await server.stop(drainSeconds: 0)
      return value
    } catch {
      await server.stop(drainSeconds: 0)
      throw error
    }
  }
}
