import HTTP

/// The kinds of problems that clients of the fleet tell apart. A kind is never renamed, and never gets another meaning.
///
/// The raw value is the member `code` of a problem document. The document's `type` leads to its paragraph on the
/// service's own page (``DocumentationPage``).
package enum ProblemCode: String, Sendable, Hashable, CaseIterable {
  case malformedRequest = "malformed_request"
  case invalidParameter = "invalid_parameter"
  case unauthorized
  case wrongCredentials = "wrong_credentials"
  case forbidden
  case wrongPassword = "wrong_password"
  case notFound = "not_found"
  case methodNotAllowed = "method_not_allowed"
  case requestTimeout = "request_timeout"
  case conflict
  case emailTaken = "email_taken"
  case alreadyExists = "already_exists"
  case resultRemoved = "result_removed"
  case preconditionFailed = "precondition_failed"
  case contentTooLarge = "content_too_large"
  case uriTooLong = "uri_too_long"
  case unsupportedMediaType = "unsupported_media_type"
  case expectationFailed = "expectation_failed"
  case unprocessable
  case invalidFields = "invalid_fields"
  case nothingToChange = "nothing_to_change"
  case limitReached = "limit_reached"
  case idempotencyKeyReused = "idempotency_key_reused"
  case preconditionRequired = "precondition_required"
  case rateLimited = "rate_limited"
  case headerFieldsTooLarge = "header_fields_too_large"
  case internalError = "internal_error"
  case notImplemented = "not_implemented"
  case badGateway = "bad_gateway"
  case unavailable
  case versionNotSupported = "version_not_supported"

  /// The status of problems of this kind.
  package var status: Status {
    switch self {
    case .malformedRequest, .invalidParameter: .badRequest
    case .unauthorized, .wrongCredentials: .unauthorized
    case .forbidden, .wrongPassword: .forbidden
    case .notFound: .notFound
    case .methodNotAllowed: .methodNotAllowed
    case .requestTimeout: .requestTimeout
    case .conflict, .emailTaken, .alreadyExists, .resultRemoved: .conflict
    case .preconditionFailed: .preconditionFailed
    case .contentTooLarge: .contentTooLarge
    case .uriTooLong: .uriTooLong
    case .unsupportedMediaType: .unsupportedMediaType
    case .expectationFailed: .expectationFailed
    case .unprocessable, .invalidFields, .nothingToChange, .limitReached, .idempotencyKeyReused:
      .unprocessableContent
    case .preconditionRequired: .preconditionRequired
    case .rateLimited: .tooManyRequests
    case .headerFieldsTooLarge: .headerFieldsTooLarge
    case .internalError: .internalServerError
    case .notImplemented: .notImplemented
    case .badGateway: .badGateway
    case .unavailable: .serviceUnavailable
    case .versionNotSupported: .versionNotSupported
    }
  }

  /// What happened, and what a client does about it.
  var summary: String {
    switch self {
    case .malformedRequest: "The request is not HTTP or not JSON. Change the client."
    case .invalidParameter: "A query parameter or a header field is not valid; `errors` names each."
    case .unauthorized: "The request has no token, or one that is not valid any more. Sign in again."
    case .wrongCredentials: "Email or password is wrong, or the account is not active."
    case .forbidden: "The account may not do this."
    case .wrongPassword: "`current_password` is not the present password."
    case .notFound: "The resource does not exist, or belongs to another user."
    case .methodNotAllowed: "The resource does not have this method; `Allow` lists those that it has."
    case .requestTimeout: "The request did not arrive in time. Send it again."
    case .conflict: "The request contradicts the state of the resource. Read it, then decide."
    case .emailTaken: "An account has this email already."
    case .alreadyExists: "There is such a resource already."
    case .resultRemoved: "What the first request with this `Idempotency-Key` created was removed since."
    case .preconditionFailed: "The resource has changed since it was read. Read it again, then decide."
    case .contentTooLarge: "The body is larger than this service accepts."
    case .uriTooLong: "The request line is longer than this service accepts."
    case .unsupportedMediaType: "The body must be JSON, in UTF-8 and without a content coding."
    case .expectationFailed: "The service does not do what `Expect` asks for."
    case .unprocessable: "The body is JSON and cannot be used."
    case .invalidFields: "Fields of the body are not valid; `errors` names each."
    case .nothingToChange: "The request names no field to change."
    case .limitReached: "The user has as many of these as a user may have."
    case .idempotencyKeyReused: "Another request has used this `Idempotency-Key`. Send a new key."
    case .preconditionRequired: "The request needs `If-Match`."
    case .rateLimited: "There were too many such requests. Send it again after `Retry-After` seconds."
    case .headerFieldsTooLarge: "The header fields are longer than this service accepts."
    case .internalError: "The service failed. Its log has the cause, by the request's id."
    case .notImplemented: "The service does not know this method or transfer coding."
    case .badGateway: "Another server sent an unusable response."
    case .unavailable: "The service cannot do this at present. Send it again after `Retry-After` seconds."
    case .versionNotSupported: "The service speaks HTTP/1.1 and HTTP/1.0."
    }
  }

  /// The kind of a problem about which only its status is known.
  static func usual(for status: Status) -> ProblemCode {
    if status == .unprocessableContent { return .unprocessable }
    return allCases.first { $0.status == status } ?? (status.code < 500 ? .malformedRequest : .internalError)
  }

  /// A reference to the paragraph about this kind, at the service that sent the problem (RFC 9457, section 3.1.1).
  package var type: String { "\(DocumentationPage.path)#\(anchor)" }

  /// The name of the paragraph.
  var anchor: String { "problem-\(rawValue)" }
}

/// Gathers what is wrong with the fields of a request, so that one response names all of them.
///
/// ```swift
/// var fields = FieldChecks()
/// let email = try fields.check { try UserRules.email(body.email) }
/// let role = try fields.check { try UserRules.role(body.role) }
/// guard let email, let role else { throw fields.problem }
/// ```
package struct FieldChecks {
  private var errors: [FieldError] = []
  private var refusal: Problem?

  /// Nothing is wrong yet.
  package init() {}

  /// The value, or nil where its rule refuses it. Problems that are not about fields are thrown at once.
  package mutating func check<Value>(_ rule: () throws -> Value) throws -> Value? {
    do {
      return try rule()
    } catch let problem as Problem where problem.code == .invalidFields {
      note(problem)
      return nil
    }
  }

  /// As ``check(_:)``, for a rule that waits.
  package mutating func check<Value>(waiting rule: () async throws -> Value) async throws -> Value? {
    do {
      return try await rule()
    } catch let problem as Problem where problem.code == .invalidFields {
      note(problem)
      return nil
    }
  }

  private mutating func note(_ problem: Problem) {
    errors += problem.errors
    refusal = refusal ?? problem
  }

  /// The problem that names every refused field.
  package var problem: Problem {
    guard errors.count > 1 else { return refusal ?? .invalid(errors) }
    return .invalid(errors)
  }

  /// Throws ``problem`` where a field was refused.
  package func finish() throws(Problem) {
    if refusal != nil { throw problem }
  }
}
