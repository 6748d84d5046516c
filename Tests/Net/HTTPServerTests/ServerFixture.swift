import EventLoop
import HTTP
import HTTPServer
import Routing
import ServerTestSupport
import Synchronization
import Transport

/// Responds according to the first segment of the path: `/echo` with the body, `/target` with the target, `/slow/5`
/// after 5 ms, `/large/1000` with that many bytes, `/forever` never.
struct PathResponder: Responder {
  func respond(to request: Request) async -> Response {
    let parts = request.path.split(separator: "/")
    let number = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    switch parts.first {
    case "echo": return Response(status: .ok, body: request.body)
    case "large": return Response(status: .ok, body: [UInt8](repeating: 0x78, count: number))
    case "slow": await EventLoop.current?.sleep(milliseconds: number)
    case "forever": await EventLoop.current?.sleep(milliseconds: 60_000)
    case "address": return .text(request.remoteAddress ?? "unknown")
    case "thread": return .text(EventLoop.current?.name ?? "none")
    default: break
    }
    return .text(request.target)
  }
}

/// Runs a body with a server, and stops the server and its loops afterwards.
func withServer<Result>(
  _ configuration: HTTPServerConfiguration = .forTests(), loops: Int = 2,
  encryption: ServerEncryption? = nil, responder: any Responder = PathResponder(),
  _ body: (SocketAddress, HTTPServer) async throws -> Result
) async throws -> Result {
  let group = try EventLoopGroup(count: loops)
  return try await withServer(configuration, on: group, encryption: encryption, responder: responder, body)
}

/// Runs a body with a server on the test's own loops.
func withServer<Result>(
  _ configuration: HTTPServerConfiguration = .forTests(), on group: EventLoopGroup,
  encryption: ServerEncryption? = nil, responder: any Responder = PathResponder(),
  _ body: (SocketAddress, HTTPServer) async throws -> Result
) async throws -> Result {
  group.start()
  defer { group.stop() }
  let server = HTTPServer(group: group, configuration: configuration, encryption: encryption) { _ in responder
  }
  let address = try await server.start()
  do {
    let result = try await body(address, server)
    await server.stop(drainSeconds: 0)
    return result
  } catch {
    await server.stop(drainSeconds: 0)
    throw error
  }
}

/// Holds every request until the test opens the gate. A token `7.a` is one of user 7, and a request with `X-Signed-Out` gets 401.
final class Gate: Responder {
  private struct State {
    var isOpen = false
    var waiting: [UnsafeContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  /// The target of the requests that it does not hold.
  private let free: String?
  /// The user of its responses.
  private let user: Int64?

  init(answering free: String? = nil, user: Int64? = nil) {
    self.free = free
    self.user = user
  }

  func verifiedUser(of request: borrowing Request) -> Int64? {
    let token = request.headers["Authorization"]?.dropFirst("Bearer ".count)
    return token?.firstIndex(of: ".").flatMap { Int64(token?[..<$0] ?? "") }
  }

  var waitingCount: Int { state.withLock { $0.waiting.count } }

  func respond(to request: Request) async -> Response {
    if request.target == free { return response(to: request) }
    await withUnsafeContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiting.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
    return response(to: request)
  }

  private func response(to request: Request) -> Response {
    if request.headers["X-Signed-Out"] != nil { return Response(status: .unauthorized) }
    var response = Response.text(request.target)
    response.userID = user
    return response
  }

  func open() {
    let waiting = state.withLock { state in
      state.isOpen = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
