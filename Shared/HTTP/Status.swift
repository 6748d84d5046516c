/// A status code and its reason phrase (RFC 9110, section 15).
public struct Status: Sendable, Hashable, CustomStringConvertible {
  /// 100 to 599.
  public let code: Int
  /// The text for people; clients ignore it.
  public let reason: String

  /// Names a status; those in use are constants below.
  public init(code: Int, reason: String) {
    self.code = code
    self.reason = reason
  }

  /// Two statuses are the same when their codes are: the reason phrase means nothing.
  public static func == (left: Status, right: Status) -> Bool { left.code == right.code }

  /// Hashes the code alone, as equality compares it.
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }

  /// Code and reason.
  public var description: String { "\(code) \(reason)" }

  /// 1xx, 204 and 304 never carry content (RFC 9110, section 6.4.1).
  public var forbidsBody: Bool { code < 200 || code == 204 || code == 304 }

  /// 2xx.
  public var isSuccess: Bool { (200..<300).contains(code) }
}

extension Status {
  /// It worked.
  public static let ok = Status(code: 200, reason: "OK")
  /// A resource was made; Location names it.
  public static let created = Status(code: 201, reason: "Created")
  /// Taken, and not done yet.
  public static let accepted = Status(code: 202, reason: "Accepted")
  /// It worked, and there is nothing to tell.
  public static let noContent = Status(code: 204, reason: "No Content")
  /// The client's copy is still good.
  public static let notModified = Status(code: 304, reason: "Not Modified")
  /// The request cannot be understood.
  public static let badRequest = Status(code: 400, reason: "Bad Request")
  /// Nobody is signed in.
  public static let unauthorized = Status(code: 401, reason: "Unauthorized")
  /// Whoever is signed in may not do this.
  public static let forbidden = Status(code: 403, reason: "Forbidden")
  /// There is nothing here.
  public static let notFound = Status(code: 404, reason: "Not Found")
  /// The resource has no such method; Allow lists those it has.
  public static let methodNotAllowed = Status(code: 405, reason: "Method Not Allowed")
  /// The request did not come in time.
  public static let requestTimeout = Status(code: 408, reason: "Request Timeout")
  /// The state of the resource is against it.
  public static let conflict = Status(code: 409, reason: "Conflict")
  /// A condition of the request does not hold.
  public static let preconditionFailed = Status(code: 412, reason: "Precondition Failed")
  /// The body is beyond the limit.
  public static let contentTooLarge = Status(code: 413, reason: "Content Too Large")
  /// The request line is beyond the limit.
  public static let uriTooLong = Status(code: 414, reason: "URI Too Long")
  /// The body is of a kind that is not read here.
  public static let unsupportedMediaType = Status(code: 415, reason: "Unsupported Media Type")
  /// An expectation of the request cannot be met.
  public static let expectationFailed = Status(code: 417, reason: "Expectation Failed")
  /// The body can be read, and a value in it is not allowed.
  public static let unprocessableContent = Status(code: 422, reason: "Unprocessable Content")
  /// The change needs a condition (RFC 6585).
  public static let preconditionRequired = Status(code: 428, reason: "Precondition Required")
  /// Too many requests in a time (RFC 6585).
  public static let tooManyRequests = Status(code: 429, reason: "Too Many Requests")
  /// The fields are beyond the limit (RFC 6585).
  public static let headerFieldsTooLarge = Status(code: 431, reason: "Request Header Fields Too Large")
  /// The server made a mistake.
  public static let internalServerError = Status(code: 500, reason: "Internal Server Error")
  /// The server has no such function.
  public static let notImplemented = Status(code: 501, reason: "Not Implemented")
  /// Another server gave an answer that cannot be used.
  public static let badGateway = Status(code: 502, reason: "Bad Gateway")
  /// The server cannot serve now; later it may.
  public static let serviceUnavailable = Status(code: 503, reason: "Service Unavailable")
  /// The server does not speak this version.
  public static let versionNotSupported = Status(code: 505, reason: "HTTP Version Not Supported")
}
