import Cryptography
import HTTP
import Routing

/// Decides which requests reach the console, before any route.
///
/// - A page of another site that resolves its own name to 127.0.0.1 (DNS rebinding) sends its own name in `Host`: only
///   names of loopback pass.
/// - Every path but those of the page's files needs the token in `Authorization`. A browser adds that field to no
///   request by itself, so there is nothing to forge (CSRF), and another user of this machine has no token. A cookie
///   would be sent to every port of 127.0.0.1.
/// - A request that a browser marks as one of another origin is refused even with the token.
final class WebConsoleGate: Responder {
  private static let names: Set = ["127.0.0.1", "localhost", "[::1]"]

  /// No other host, no inline code, no markup from strings, no frame. Answers stay out of caches.
  private static let protection = [
    (
      "Content-Security-Policy",
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    ),
    ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"), ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
  ]

  private let responder: any Responder
  private let token: [UInt8]
  private let openPaths: Set<String>

  /// A gate before `responder`; `openPaths` need no token.
  init(_ responder: any Responder, token: String, openPaths: Set<String>) {
    self.responder = responder
    self.token = Array(token.utf8)
    self.openPaths = openPaths
  }

  func respond(to request: Request) async -> Response {
    if let refusal = refusal(of: request) { return protected(refusal.response(instance: request.path)) }
    return protected(await responder.respond(to: request))
  }

  func begin(_ request: Request) -> Reply {
    if let refusal = refusal(of: request) { return .now(protected(refusal.response(instance: request.path))) }
    return switch responder.begin(request) {
    case .now(let response): .now(protected(response))
    case .later(let answer): .later { [self] in protected(await answer()) }
    }
  }

  func bodyLimit(of request: borrowing Request) -> Int {
    refusal(of: request) == nil ? responder.bodyLimit(of: request) : 0
  }

  private func refusal(of request: borrowing Request) -> Problem? {
    let hosts = request.headers.values(of: "Host")
    guard hosts.count == 1, Self.names.contains(Self.name(of: hosts[0])) else {
      return .forbidden("The console answers to 127.0.0.1 and localhost only.")
    }
    if openPaths.contains(request.path) { return nil }
    if let origin = request.headers["Origin"], origin != "http://\(hosts[0])" {
      return .forbidden("Another origin may not use the console.")
    }
    if let site = request.headers["Sec-Fetch-Site"], site != "same-origin", site != "none" {
      return .forbidden("Another site may not use the console.")
    }
    guard isTokenValid(request) else {
      return .unauthorized("The token is missing or of another run: open the link that the console printed.")
    }
    request.presence?.noteKnown()
    return nil
  }

  private func isTokenValid(_ request: borrowing Request) -> Bool {
    let fields = request.headers.values(of: "Authorization")
    let scheme = "Bearer "
    guard fields.count == 1, fields[0].hasPrefix(scheme) else { return false }
    return constantTimeEquals(Array(fields[0].dropFirst(scheme.count).utf8), token)
  }

  /// The host without its port, in lower case. The port may be another one: that of a tunnel.
  private static func name(of host: String) -> String {
    if host.hasPrefix("[") { return String(host.prefix { $0 != "]" }).lowercased() + "]" }
    return String(host.prefix { $0 != ":" }).lowercased()
  }

  private func protected(_ response: consuming Response) -> Response {
    for (name, value) in Self.protection { response.headers.set(name, value) }
    response.headers.set("Cache-Control", "no-store")
    return response
  }
}
