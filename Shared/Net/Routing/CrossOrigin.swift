import Encoding
import HTTP

/// The origins whose pages may read responses (Fetch Standard, section "HTTP CORS protocol").
///
/// A page sends its token itself, in `Authorization`. Cookies and client certificates of the browser give no rights here, so
/// no response permits credentials.
package struct CrossOriginPolicy: Sendable, Hashable {
  private static let readable =
    "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"
  private static let sendable =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id, traceparent"
  /// How long a browser may keep the answer to a preflight request: ten minutes.
  private static let keptSeconds = "600"

  private let origins: Set<ByteText>

  /// A policy for these origins, as browsers send them: `https://app.example.org`.
  package init(origins: [String]) { self.origins = Set(origins.map { ByteText($0) }) }

  /// Whether no page of another origin may read anything.
  package var isEmpty: Bool { origins.isEmpty }

  /// Adds the fields for the request's origin. A response to an unknown origin only says that the field matters.
  func permit(_ request: borrowing Request, _ response: consuming Response) -> Response {
    response.headers.append("Vary", "Origin")
    guard let origin = request.headers["Origin"], origins.contains(ByteText(origin)) else { return response }
    response.headers.append("Access-Control-Allow-Origin", origin)
    guard request.method == .options, request.headers.contains("Access-Control-Request-Method") else {
      response.headers.append("Access-Control-Expose-Headers", Self.readable)
      return response
    }
    guard let methods = response.headers["Allow"] else { return response }
    response.headers.append("Access-Control-Allow-Methods", methods)
    response.headers.append("Access-Control-Allow-Headers", Self.sendable)
    response.headers.append("Access-Control-Max-Age", Self.keptSeconds)
    return response
  }
}

/// Lets pages of other origins read another responder's responses.
package final class CrossOriginResponder: Responder {
  private let responder: any Responder
  private let policy: CrossOriginPolicy

  /// Responds like `responder`, with the fields of the policy.
  package init(_ responder: any Responder, _ policy: CrossOriginPolicy) {
    self.responder = responder
    self.policy = policy
  }

  /// The response to the request.
  package func respond(to request: Request) async -> Response {
    policy.permit(request, await responder.respond(to: request))
  }

  /// Begins a response. An immediate one stays immediate.
  package func begin(_ request: Request) -> Reply {
    switch responder.begin(request) {
    case .now(let response): .now(policy.permit(request, response))
    case .later(let answer): .later { [policy] in policy.permit(request, await answer()) }
    }
  }

  /// The limit of the other responder.
  package func bodyLimit(of request: borrowing Request) -> Int { responder.bodyLimit(of: request) }

  /// The user of the other responder.
  package func verifiedUser(of request: borrowing Request) -> Int64? { responder.verifiedUser(of: request) }

  /// Passes the refusal on.
  package func refused(with response: borrowing Response, requestID: String, client: String?) {
    responder.refused(with: response, requestID: requestID, client: client)
  }
}
