import Cryptography
import EventLoop
import HTTP
import HTTPServer
import Routing
import Transport

/// The page of `bulkhead console` and `bulkhead up`: our own server on loopback, on a loop of its own.
///
/// The process holds every account's password, so its port is the most dangerous one of the fleet. It has no setting for
/// another address; every request but those of the page's own files needs the token of this run (``WebConsoleGate``).
struct WebConsole: Sendable {
  /// The largest request is a choice of a cell.
  private static let bodyBytes = 16 << 10
  /// A check waits for locks of a busy database, and for logins of all accounts.
  private static let responseSeconds = 120
  private static let queueMilliseconds = 5_000

  /// The server's address.
  let address: SocketAddress
  private let token: String
  private let routes: WebConsoleRoutes
  private let server: HTTPServer
  private let loops: EventLoopGroup

  /// The page's address with the token. Browsers never send the part after `#`, so no log and no referrer has it.
  var link: String { "http://\(address)/#\(token)" }

  /// Starts listening on 127.0.0.1. Port 0 takes a free one.
  static func start(
    over context: FleetContext, members: [FleetMember], allowsChanges: Bool, port: UInt16
  ) async throws -> WebConsole {
    let token = SecureRandom.token()
    let routes = WebConsoleRoutes(context: context, members: members, allowsChanges: allowsChanges)
    let loops = EventLoopGroup(loops: [try EventLoop.make(name: "console")])
    loops.start()
    var router = Router()
    WebConsolePage.add(to: &router)
    routes.add(to: &router)
    let gate = WebConsoleGate(router.build(), token: token, openPaths: WebConsolePage.paths)
    let server = HTTPServer(
      group: loops,
      configuration: .fewClients(
        host: SocketAddress.loopback(port: port).host, port: port, reservedTargets: [],
        requestLimits: RequestLimits(bodyBytes: bodyBytes), queueMilliseconds: queueMilliseconds,
        responseTimeoutSeconds: responseSeconds),
      makeResponder: { _ in gate })
    do {
      let address = try await server.start()
      return WebConsole(address: address, token: token, routes: routes, server: server, loops: loops)
    } catch {
      loops.stop()
      throw ToolError("the console cannot listen on 127.0.0.1:\(port): \(error)")
    }
  }

  /// Ends a proof, which removes its rows, and stops listening.
  func stop() async {
    await routes.proof.stop()
    await server.stop(drainSeconds: 0)
    loops.stop()
  }
}
