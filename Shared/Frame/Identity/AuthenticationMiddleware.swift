import Glibc
import HTTP
import Routing

/// Authenticates a request: verifies the bearer token and puts the principal into the context.
///
/// Public routes pass with or without a token. On every other route the answer to a bad token is a 401 with one text,
/// whether the token is expired, revoked, forged or garbage: the answer does not reveal the reason.
package struct AuthenticationMiddleware: Middleware {
  private let verifiers: any TokenVerifierSource
  private let now: @Sendable () -> Int64
  private let revocation: any RevocationCheck

  /// - Parameters:
  ///   - verifiers: A verifier, or a source that can fetch newer keys.
  ///   - now: Seconds since 1970.
  ///   - revocation: Runs for every request with a good token.
  package init(
    verifiers: any TokenVerifierSource, now: @escaping @Sendable () -> Int64,
    revocation: any RevocationCheck
  ) {
    self.verifiers = verifiers
    self.now = now
    self.revocation = revocation
  }

  /// Public routes need no authentication.
  package func concerns(_ route: RouteDescription) -> Bool { route.access != .anyone }

  /// The user of the request's token, by the keys at hand. The verifier remembers a good token, and the last bad one, so that
  /// a request costs a second check of a signature only where another bad one came between.
  package func verifiedUser(of request: borrowing Request) -> Int64? {
    guard case .token(let token) = BearerToken(request.headers) else { return nil }
    return try? verifiers.verifier.verify(token, now: now()).userID
  }

  /// Passes the request on with its principal, or throws the 401.
  package func respond(
    to request: Request, in context: RequestContext, next: Handler
  ) async throws -> Response {
    guard context.access != .anyone else { return try await next(request, context) }
    var context = context
    let principal = try await verified(request)
    if context.traits.contains(.sessionProof) {
      return try await respond(to: request, in: context, by: principal, next: next)
    }
    if context.traits.contains(.callerRecord) {
      guard case .goesOn(let record) = try await revocation.session(of: principal) else { throw Self.refusal }
      context.callerRecord = record
    } else if try await revocation.isRevoked(principal) {
      throw Self.refusal
    }
    context.principal = principal
    return try await next(request, context)
  }

  /// Leaves the check of the session to the handler, and makes it when the handler fails before.
  private func respond(
    to request: Request, in context: RequestContext, by principal: Principal, next: Handler
  ) async throws -> Response {
    let proof = SessionProof(of: principal)
    var context = context
    context.sessionProof = proof
    context.principal = principal
    let response: Response
    do {
      response = try await next(request, context)
    } catch {
      if !proof.holds, try await revocation.isRevoked(principal) { throw Self.refusal }
      context.noteProvenPrincipal()
      throw error
    }
    guard proof.holds else { throw MissingSessionProof(template: context.template) }
    context.noteProvenPrincipal()
    return response
  }

  /// The principal of the request's token. Its session is still to be checked.
  private func verified(_ request: Request) async throws -> Principal {
    switch BearerToken(request.headers) {
    case .missing: throw Problem.unauthorized("This request needs a bearer token.")
    case .unreadable: throw Self.refusal
    case .token(let token):
      guard let principal = await principal(of: token) else { throw Self.refusal }
      return principal
    }
  }

  /// Verifies the token once. Only newer keys, fetched for a key that was unknown, are a reason to verify it again.
  private func principal(of token: ArraySlice<UInt8>) async -> Principal? {
    let verifier = verifiers.verifier
    do throws(TokenError) {
      return try verifier.verify(token, now: now())
    } catch .unknownKey {
      guard let newer = await verifiers.verifier(newerThan: verifier) else { return nil }
      return try? newer.verify(token, now: now())
    } catch {
      return nil
    }
  }

  private static var refusal: Problem {
    .unauthorized("The bearer token is not valid.", challenge: #"Bearer error="invalid_token""#)
  }
}

/// Reports whether a token that verifies was revoked: from the sessions themselves, or from the events of their ends.
package protocol RevocationCheck: Sendable {
  /// Whether the principal's session has ended. An error fails the request.
  func isRevoked(_ principal: Principal) async throws -> Bool

  /// As ``isRevoked(_:)``, for routes with the trait `callerRecord`. A check that reads the session from the database reads
  /// the record with the same statement, which saves the handler one of its own.
  func session(of principal: Principal) async throws -> CheckedSession
}

/// The state of a caller's session.
package enum CheckedSession: Sendable {
  case hasEnded
  /// The session goes on; with the caller's record, where the check reads one.
  case goesOn(callerRecord: (any Sendable)?)
}

extension RevocationCheck {
  /// A check without records.
  package func session(of principal: Principal) async throws -> CheckedSession {
    try await isRevoked(principal) ? .hasEnded : .goesOn(callerRecord: nil)
  }
}

/// The proof of identity that a request carries (RFC 6750, section 2.1).
enum BearerToken: Hashable {
  case missing
  /// Several `Authorization` fields, another scheme, or anything after the token.
  case unreadable
  /// The token's bytes, which share the memory of the request's head.
  case token(ArraySlice<UInt8>)

  init(_ headers: Headers) {
    guard let fields = headers.bytes(of: "Authorization") else {
      self = .missing
      return
    }
    // A token is long, so nothing here goes over its characters but one search for a space.
    let scheme: StaticString = "bearer"
    guard case .one(let field) = fields, field.count > scheme.utf8CodeUnitCount + 1 else {
      self = .unreadable
      return
    }
    let space = UInt8(ascii: " ")
    let isReadable = field.withUnsafeBytes { field in
      for index in 0..<scheme.utf8CodeUnitCount where field[index] | 0x20 != scheme.utf8Start[index] {
        return false
      }
      guard field[scheme.utf8CodeUnitCount] == space, let start = field.baseAddress else { return false }
      let tokenStart = scheme.utf8CodeUnitCount + 1
      return memchr(start + tokenStart, Int32(space), field.count - tokenStart) == nil
    }
    self = isReadable ? .token(field.dropFirst(scheme.utf8CodeUnitCount + 1)) : .unreadable
  }
}
