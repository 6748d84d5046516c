import HTTP
import JSON

/// A problem document: the client's view of an error (RFC 9457).
///
/// A handler throws it, and the router converts it to the response. Its texts are public and must not contain internals
/// (statements, hosts, file names).
package struct Problem: Error, Sendable, Hashable {
  /// The status of the response, also a member of the document.
  package var status: Status
  /// The kind of the problem, which clients can rely on.
  package var code: ProblemCode
  /// A short text that is the same for every problem of this type.
  package var title: String
  /// What is wrong in this case, and what to do about it.
  package var detail: String?
  /// The fields or parameters that are wrong. The response has at most ``FieldErrors/maximum`` of them.
  package var errors: [FieldError]
  /// Further members of the document, in order.
  package var extensions: [JSONValue.Member]
  /// Fields that the response requires, for example `WWW-Authenticate`, `Allow` or `Retry-After`.
  package var headers: [HeaderField]

  /// The most characters of a response's `detail`.
  package static let maximumDetailCharacters = 1_024
  /// The most fields that `detail` names; `errors` has the others.
  package static let maximumNamesInDetail = 8

  /// One field of the response.
  package struct HeaderField: Sendable, Hashable {
    /// The field's name.
    package let name: String
    /// The field's value.
    package let value: String

    /// Pairs a name with a value.
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A problem whose kind follows from its status by default, and whose title is the status's reason phrase.
  package init(
    _ status: Status, code: ProblemCode? = nil, title: String? = nil, detail: String? = nil,
    errors: [FieldError] = [], extensions: [JSONValue.Member] = [], headers: [HeaderField] = []
  ) {
    self.status = status
    self.code = code ?? .usual(for: status)
    self.title = title ?? status.reason
    self.detail = detail
    self.errors = errors
    self.extensions = extensions
    self.headers = headers
  }

  /// The response that carries the problem.
  ///
  /// - Parameter instance: A URI reference for this occurrence. The router passes the path.
  package func response(instance: String? = nil) -> Response {
    var members: [JSONValue.Member] = [
      .init("type", .string(code.type)), .init("title", .string(title)),
      .init("status", .integer(Int64(status.code))), .init("code", .string(code.rawValue)),
    ]
    if let detail { members.append(.init("detail", .string(detail.cut(to: Self.maximumDetailCharacters)))) }
    if let instance { members.append(.init("instance", .string(instance))) }
    if let first = errors.first {
      members.append(.init("field", .string(first.field)))
      members.append(.init("errors", .array(errors.prefix(FieldErrors.maximum).map(\.document))))
    }
    let taken = Set(members.map(\.name))
    members += extensions.filter { !taken.contains($0.name) }
    var response = Response(status: status)
    response.headers.append("Content-Type", "application/problem+json")
    for field in headers { response.headers.append(field.name, field.value) }
    // Encoding fails only for an extension with an infinite number or deep nesting. The status then suffices.
    response.body = (try? JSONCoding.encode(JSONValue.object(members))) ?? Array("{}".utf8)
    return response
  }
}

extension Problem {
  /// 400: the request is malformed.
  package static func badRequest(_ detail: String? = nil) -> Problem { Problem(.badRequest, detail: detail) }

  /// 400: this parameter of the query, or this header field, is not valid.
  package static func invalidParameter(_ name: String, _ detail: String) -> Problem {
    .invalidParameters([FieldError(name, detail)])
  }

  /// 400: these parameters are not valid.
  package static func invalidParameters(_ errors: [FieldError]) -> Problem {
    Problem(.badRequest, code: .invalidParameter, detail: detail(of: errors), errors: errors)
  }

  /// 400: these parameters are not valid, and perhaps more.
  package static func invalidParameters(_ errors: FieldErrors) -> Problem {
    Problem(
      .badRequest, code: .invalidParameter, detail: detail(of: errors.list, hasMore: errors.isFull),
      errors: errors.list)
  }

  /// 401: the request has no token or an invalid one. The response does not reveal which.
  package static func unauthorized(
    _ detail: String? = nil, code: ProblemCode? = nil, challenge: String = "Bearer"
  ) -> Problem {
    Problem(.unauthorized, code: code, detail: detail, headers: [HeaderField("WWW-Authenticate", challenge)])
  }

  /// 403: the user lacks the permission.
  package static func forbidden(_ detail: String? = nil, code: ProblemCode? = nil) -> Problem {
    Problem(.forbidden, code: code, detail: detail)
  }

  /// 404: the resource does not exist, or its existence is hidden from this client.
  package static func notFound(_ detail: String? = nil) -> Problem { Problem(.notFound, detail: detail) }

  /// 405: the path does not support the method; `allow` lists the supported ones.
  package static func methodNotAllowed(allow: String) -> Problem {
    Problem(.methodNotAllowed, headers: [HeaderField("Allow", allow)])
  }

  /// 409: the request conflicts with the state of the resource.
  package static func conflict(_ detail: String? = nil, code: ProblemCode? = nil) -> Problem {
    Problem(.conflict, code: code, detail: detail)
  }

  /// 412: the resource has changed since the client read it.
  package static func preconditionFailed(_ detail: String? = nil) -> Problem {
    Problem(.preconditionFailed, detail: detail)
  }

  /// 415: the route does not accept the body's media type.
  package static func unsupportedMediaType(_ detail: String? = nil) -> Problem {
    Problem(.unsupportedMediaType, detail: detail)
  }

  /// 428: the request must be conditional (If-Match).
  package static func preconditionRequired(_ detail: String? = nil) -> Problem {
    Problem(.preconditionRequired, detail: detail)
  }

  /// 422: the request is well-formed but contains a value that is not allowed; `field` names it.
  package static func unprocessable(
    _ detail: String? = nil, field: String? = nil, code: ProblemCode? = nil
  ) -> Problem {
    guard let field else { return Problem(.unprocessableContent, code: code, detail: detail) }
    return Problem(
      .unprocessableContent, code: code ?? .invalidFields, detail: detail,
      errors: [FieldError(field, detail ?? "is not valid")])
  }

  /// 422: a change without a field.
  package static var nothingToChange: Problem {
    .unprocessable("the request changes no field", code: .nothingToChange)
  }

  /// 422: these fields are not valid.
  package static func invalid(_ errors: [FieldError]) -> Problem {
    Problem(.unprocessableContent, code: .invalidFields, detail: detail(of: errors), errors: errors)
  }

  /// 422: these fields are not valid, and perhaps more.
  package static func invalid(_ errors: FieldErrors) -> Problem {
    Problem(
      .unprocessableContent, code: .invalidFields, detail: detail(of: errors.list, hasMore: errors.isFull),
      errors: errors.list)
  }

  private static func detail(of errors: [FieldError], hasMore: Bool = false) -> String {
    guard errors.count > 1 else {
      return errors.first.map { $0.field.isEmpty ? $0.detail : "\($0.field): \($0.detail)" }
        ?? "A field is not valid."
    }
    let names = errors.prefix(maximumNamesInDetail).map(\.field).joined(separator: ", ")
    let rest = errors.count > maximumNamesInDetail ? " and more" : ""
    return "\(hasMore ? "More than " : "")\(errors.count) fields are not valid: \(names)\(rest)"
  }

  /// 429: the client exceeded its rate; `retryAfterSeconds` is the time to wait.
  package static func tooManyRequests(
    _ detail: String? = nil, retryAfterSeconds: Int? = nil, limit: RateLimit? = nil
  ) -> Problem {
    Problem(
      .tooManyRequests, detail: detail,
      headers: retryAfter(retryAfterSeconds) + (limit?.fields(after: retryAfterSeconds) ?? []))
  }

  /// 500: the server failed. The cause goes to the log, never to the client.
  package static func internalError() -> Problem { Problem(.internalServerError, detail: "Internal error.") }

  /// 503: a dependency of this service is unavailable. The client may retry later.
  package static func unavailable(_ detail: String? = nil, retryAfterSeconds: Int? = nil) -> Problem {
    Problem(.serviceUnavailable, detail: detail, headers: retryAfter(retryAfterSeconds))
  }

  private static func retryAfter(_ seconds: Int?) -> [HeaderField] {
    seconds.map { [HeaderField("Retry-After", String($0))] } ?? []
  }

  /// The problem for a request that the parser refused.
  package init(_ error: ParseError) {
    self.init(error.status, detail: error.description)
  }
}

extension FieldError {
  /// The error as an element of `errors`.
  fileprivate var document: JSONValue { ["field": .string(field), "detail": .string(detail)] }
}
