/// A status code and its reason phrase (RFC 9110, section 15).
package struct Status: Sendable, Hashable, CustomStringConvertible {
  /// 100 to 599.
  package let code: Int
  /// The text for people; clients ignore it.
  package let reason: String

  /// Names a status; those in use are constants below.
  package init(code: Int, reason: String) {
    self.code = code
    self.reason = reason
  }

  /// Two statuses are the same when their codes are: the reason phrase means nothing.
  package static func == (left: Status, right: Status) -> Bool { left.code == right.code }

  /// Hashes the code alone, as equality compares it.
  package func hash(into hasher: inout Hasher) { hasher.combine(code) }

  /// Code and reason.
  package var description: String { "\(code) \(reason)" }

  /// 1xx, 204 and 304 never carry content (RFC 9110, section 6.4.1).
  package var forbidsBody: Bool { code < 200 || code == 204 || code == 304 }

  /// 2xx.
  package var isSuccess: Bool { (200..<300).contains(code) }
}

extension Status {
  /// It worked.
  package static let ok = Status(code: 200, reason: "OK")
  /// A resource was made; Location names it.
  package static let created = Status(code: 201, reason: "Created")
  /// Taken, and not done yet.
  package static let accepted = Status(code: 202, reason: "Accepted")
  /// It worked, and there is nothing to tell.
  package static let noContent = Status(code: 204, reason: "No Content")
  /// The client's copy is still good.
  package static let notModified = Status(code: 304, reason: "Not Modified")
  /// The request cannot be understood.
  package static let badRequest = Status(code: 400, reason: "Bad Request")
  /// Nobody is signed in.
  package static let unauthorized = Status(code: 401, reason: "Unauthorized")
  /// Whoever is signed in may not do this.
  package static let forbidden = Status(code: 403, reason: "Forbidden")
  /// There is nothing here.
  package static let notFound = Status(code: 404, reason: "Not Found")
  /// The resource has no such method; Allow lists those it has.
  package static let methodNotAllowed = Status(code: 405, reason: "Method Not Allowed")
  /// The request did not come in time.
  package static let requestTimeout = Status(code: 408, reason: "Request Timeout")
  /// The state of the resource is against it.
  package static let conflict = Status(code: 409, reason: "Conflict")
  /// A condition of the request does not hold.
  package static let preconditionFailed = Status(code: 412, reason: "Precondition Failed")
  /// The body is beyond the limit.
  package static let contentTooLarge = Status(code: 413, reason: "Content Too Large")
  /// The request line is beyond the limit.
  package static let uriTooLong = Status(code: 414, reason: "URI Too Long")
  /// The body is of a kind that is not read here.
  package static let unsupportedMediaType = Status(code: 415, reason: "Unsupported Media Type")
  /// An expectation of the request cannot be met.
  package static let expectationFailed = Status(code: 417, reason: "Expectation Failed")
  /// The body can be read, and a value in it is not allowed.
  package static let unprocessableContent = Status(code: 422, reason: "Unprocessable Content")
  /// The change needs a condition (RFC 6585).
  package static let preconditionRequired = Status(code: 428, reason: "Precondition Required")
  /// Too many requests in a time (RFC 6585).
  package static let tooManyRequests = Status(code: 429, reason: "Too Many Requests")
  /// The fields are beyond the limit (RFC 6585).
  package static let headerFieldsTooLarge = Status(code: 431, reason: "Request Header Fields Too Large")
  /// The server made a mistake.
  package static let internalServerError = Status(code: 500, reason: "Internal Server Error")
  /// The server has no such function.
  package static let notImplemented = Status(code: 501, reason: "Not Implemented")
  /// Another server gave an answer that cannot be used.
  package static let badGateway = Status(code: 502, reason: "Bad Gateway")
  /// The server cannot serve now; later it may.
  package static let serviceUnavailable = Status(code: 503, reason: "Service Unavailable")
  /// The server does not speak this version.
  package static let versionNotSupported = Status(code: 505, reason: "HTTP Version Not Supported")
}
