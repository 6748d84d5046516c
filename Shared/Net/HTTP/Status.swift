/// A status code and its reason phrase (RFC 9110, section 15).
package struct Status: Sendable, Hashable, CustomStringConvertible {
  /// 100 to 599.
  package let code: Int
  /// The reason phrase for humans. Clients ignore it.
  package let reason: String

  /// A status by its code. The constants below cover those in use.
  package init(code: Int, reason: String) {
    self.code = code
    self.reason = reason
  }

  /// Compares the codes and ignores the reason phrases.
  package static func == (left: Status, right: Status) -> Bool { left.code == right.code }

  /// Hashes the code only, to match equality.
  package func hash(into hasher: inout Hasher) { hasher.combine(code) }

  /// Code and reason.
  package var description: String { "\(code) \(reason)" }

  /// Whether the status is 1xx, 204 or 304, which never carry content (RFC 9110, section 6.4.1).
  package var forbidsBody: Bool { code < 200 || code == 204 || code == 304 }
}

extension Status {
  /// The request succeeded.
  package static let ok = Status(code: 200, reason: "OK")
  /// The request created a resource; Location names it.
  package static let created = Status(code: 201, reason: "Created")
  /// The server accepted the request and has not completed it yet.
  package static let accepted = Status(code: 202, reason: "Accepted")
  /// The request succeeded, and the response has no body.
  package static let noContent = Status(code: 204, reason: "No Content")
  /// The client's cached copy is still current.
  package static let notModified = Status(code: 304, reason: "Not Modified")
  /// The request is malformed.
  package static let badRequest = Status(code: 400, reason: "Bad Request")
  /// The request lacks valid credentials.
  package static let unauthorized = Status(code: 401, reason: "Unauthorized")
  /// The user lacks the permission.
  package static let forbidden = Status(code: 403, reason: "Forbidden")
  /// The resource does not exist.
  package static let notFound = Status(code: 404, reason: "Not Found")
  /// The resource does not support the method; Allow lists the supported ones.
  package static let methodNotAllowed = Status(code: 405, reason: "Method Not Allowed")
  /// The request did not arrive in time.
  package static let requestTimeout = Status(code: 408, reason: "Request Timeout")
  /// The request conflicts with the state of the resource.
  package static let conflict = Status(code: 409, reason: "Conflict")
  /// A precondition of the request does not hold.
  package static let preconditionFailed = Status(code: 412, reason: "Precondition Failed")
  /// The body exceeds the limit.
  package static let contentTooLarge = Status(code: 413, reason: "Content Too Large")
  /// The request line exceeds the limit.
  package static let uriTooLong = Status(code: 414, reason: "URI Too Long")
  /// The route does not accept the body's media type.
  package static let unsupportedMediaType = Status(code: 415, reason: "Unsupported Media Type")
  /// The server does not support an expectation of the request.
  package static let expectationFailed = Status(code: 417, reason: "Expectation Failed")
  /// The body is well-formed but contains a value that is not allowed.
  package static let unprocessableContent = Status(code: 422, reason: "Unprocessable Content")
  /// The request must be conditional (RFC 6585).
  package static let preconditionRequired = Status(code: 428, reason: "Precondition Required")
  /// The client exceeded its request rate (RFC 6585).
  package static let tooManyRequests = Status(code: 429, reason: "Too Many Requests")
  /// The header fields exceed the limit (RFC 6585).
  package static let headerFieldsTooLarge = Status(code: 431, reason: "Request Header Fields Too Large")
  /// The server failed.
  package static let internalServerError = Status(code: 500, reason: "Internal Server Error")
  /// The server does not support the requested feature.
  package static let notImplemented = Status(code: 501, reason: "Not Implemented")
  /// Another server sent an unusable response.
  package static let badGateway = Status(code: 502, reason: "Bad Gateway")
  /// The server is temporarily unavailable.
  package static let serviceUnavailable = Status(code: 503, reason: "Service Unavailable")
  /// The server does not support this HTTP version.
  package static let versionNotSupported = Status(code: 505, reason: "HTTP Version Not Supported")
}
