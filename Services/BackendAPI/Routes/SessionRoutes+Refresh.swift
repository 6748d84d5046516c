import HTTP
import Routing
import Service

extension SessionRoutes {
  struct Refresh: Decodable {
    let refreshToken: String

    enum CodingKeys: String, CodingKey {
      case refreshToken = "refresh_token"
    }
  }

  /// Answers the same 401 to a token that is unknown, expired, ended or used before. An exchange is a change of its user.
  func refresh(_ request: Request, _ context: RequestContext) async throws -> Response {
    guard let token = RefreshToken(try await request.decode(Refresh.self).refreshToken) else {
      throw refreshRefusal
    }
    let now = currentTime()
    guard let user = try await sessions.user(of: token, at: now) else { throw refreshRefusal }
    try changes.take(user)
    let outcome = try await sessions.refresh(
      token, by: EventAuthor(context, request), lifetimes: lifetimes, at: now)
    switch outcome {
    case .refused, .reused:
      changes.giveBack(user)
      throw refreshRefusal
    case .refreshed(let session):
      var response = try Response.json(IssuedTokens(for: session, by: issuer, lifetimes: lifetimes, at: now))
      response.headers.set("Cache-Control", "no-store")
      return response
    }
  }

  private var refreshRefusal: Problem { .unauthorized("The refresh token is not valid: sign in again.") }
}

/// Where a sign-in comes from.
struct SignInClient: Sendable {
  let author: EventAuthor
  let userAgent: String?
}

/// What a client says of itself, as far as a list can show it.
enum UserAgent {
  /// The size of `sessions.user_agent` in Unicode scalars, which the engines count.
  static let maximumScalars = 255

  static func text(of request: borrowing Request) -> String? {
    guard let field = request.headers["User-Agent"] else { return nil }
    let text = String(
      String.UnicodeScalarView(
        field.unicodeScalars.filter { !$0.properties.isControl }.prefix(maximumScalars)))
    return text.isEmpty ? nil : text
  }
}

extension Unicode.Scalar.Properties {
  fileprivate var isControl: Bool {
    switch generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: true
    case _: false
    }
  }
}
