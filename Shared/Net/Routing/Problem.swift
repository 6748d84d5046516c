import HTTP
import JSON

/// An error as the client sees it (RFC 9457).
///
/// Throw one from a handler; the router makes the response of it, once. Its texts are public: nothing of the
/// inside (statements, hosts, file names) belongs into them.
package struct Problem: Error, Sendable, Hashable {
  /// The status of the response, and a member of the document.
  package var status: Status
  /// A URI that names the kind of problem; `about:blank` says that the status tells it all.
  package var type: String
  /// A short text that is the same for every problem of this type.
  package var title: String
  /// What is wrong this time, and what to do about it.
  package var detail: String?
  /// More members of the document, in order.
  package var extensions: [JSONValue.Member]
  /// Fields that the response needs, as `WWW-Authenticate`, `Allow` or `Retry-After`.
  package var headers: [HeaderField]

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

  /// A problem whose title is the status's reason, unless its type has a title of its own.
  package init(
    _ status: Status, type: String = "about:blank", title: String? = nil, detail: String? = nil,
    extensions: [JSONValue.Member] = [], headers: [HeaderField] = []
  ) {
    self.status = status
    self.type = type
    self.title = title ?? status.reason
    self.detail = detail
    self.extensions = extensions
    self.headers = headers
  }

  /// The response that tells of it.
  ///
  /// - Parameter instance: A URI reference for this occurrence; the router gives the path.
  package func response(instance: String? = nil) -> Response {
    var members: [JSONValue.Member] = [
      .init("type", .string(type)), .init("title", .string(title)),
      .init("status", .integer(Int64(status.code))),
    ]
    if let detail { members.append(.init("detail", .string(detail))) }
    if let instance { members.append(.init("instance", .string(instance))) }
    let taken = Set(members.map(\.name))
    members += extensions.filter { !taken.contains($0.name) }
    var response = Response(status: status)
    response.headers.append("Content-Type", "application/problem+json")
    for field in headers { response.headers.append(field.name, field.value) }
    // Only an extension with an infinite number cannot be written; the status then says enough.
    response.body = (try? JSONCoding.encode(JSONValue.object(members))) ?? Array("{}".utf8)
    return response
  }
}

extension Problem {
  /// 400: the request is not one we can read.
  package static func badRequest(_ detail: String? = nil) -> Problem { Problem(.badRequest, detail: detail) }

  /// 401: nobody is signed in, or the token does not hold. It does not tell which.
  package static func unauthorized(_ detail: String? = nil, challenge: String = "Bearer") -> Problem {
    Problem(.unauthorized, detail: detail, headers: [HeaderField("WWW-Authenticate", challenge)])
  }

  /// 403: somebody is signed in who may not do this.
  package static func forbidden(_ detail: String? = nil) -> Problem { Problem(.forbidden, detail: detail) }

  /// 404: there is nothing here, or nothing that this client may know of.
  package static func notFound(_ detail: String? = nil) -> Problem { Problem(.notFound, detail: detail) }

  /// 405, with the methods that the path has.
  package static func methodNotAllowed(allow: String) -> Problem {
    Problem(.methodNotAllowed, headers: [HeaderField("Allow", allow)])
  }

  /// 409: the state of the resource is against it.
  package static func conflict(_ detail: String? = nil) -> Problem { Problem(.conflict, detail: detail) }

  /// 412: the resource is no longer what the client thinks it is.
  package static func preconditionFailed(_ detail: String? = nil) -> Problem {
    Problem(.preconditionFailed, detail: detail)
  }

  /// 415: the body is of a kind that this route does not read.
  package static func unsupportedMediaType(_ detail: String? = nil) -> Problem {
    Problem(.unsupportedMediaType, detail: detail)
  }

  /// 428: the change needs a condition (If-Match).
  package static func preconditionRequired(_ detail: String? = nil) -> Problem {
    Problem(.preconditionRequired, detail: detail)
  }

  /// 422: the request can be read, and a value in it is not allowed; `field` names which.
  package static func unprocessable(_ detail: String? = nil, field: String? = nil) -> Problem {
    Problem(
      .unprocessableContent, detail: detail,
      extensions: field.map { [.init("field", .string($0))] } ?? [])
  }

  /// 429, with the seconds to wait.
  package static func tooManyRequests(_ detail: String? = nil, retryAfterSeconds: Int? = nil) -> Problem {
    Problem(.tooManyRequests, detail: detail, headers: retryAfter(retryAfterSeconds))
  }

  /// 500. The reason goes to the log, never to the client.
  package static func internalError() -> Problem { Problem(.internalServerError, detail: "Internal error.") }

  /// 503: something this service needs is away; trying again later may help.
  package static func unavailable(_ detail: String? = nil, retryAfterSeconds: Int? = nil) -> Problem {
    Problem(.serviceUnavailable, detail: detail, headers: retryAfter(retryAfterSeconds))
  }

  private static func retryAfter(_ seconds: Int?) -> [HeaderField] {
    seconds.map { [HeaderField("Retry-After", String($0))] } ?? []
  }

  /// The answer to a request that could not be parsed.
  package init(_ error: ParseError) {
    self.init(error.status, detail: error.description)
  }
}
