/// A response: status, fields and a complete body.
///
/// The serializer writes the framing fields (Content-Length, Connection, Date); handlers do not set them.
/// A response is a value, so a handler can make a constant response once and return it for every request.
package struct Response: Sendable, Equatable {
  /// The result of the request.
  package var status: Status
  /// The fields, without the framing fields.
  package var headers: Headers
  /// The body. The serializer omits it where the standard forbids one.
  package var body: [UInt8]
  /// The request's id, sent as `X-Request-Id` instead of any field with that name. It is separate from the fields so
  /// that the router can set it on a constant response without copying them.
  package var requestID: String?
  /// The user whose token the request had, once the token is verified. It is not sent; the server counts requests by it.
  package var userID: Int64?

  /// A response with this status, these fields and this body.
  package init(status: Status, headers: Headers = Headers(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A response with a UTF-8 text as its body.
  package static func text(
    _ text: String, status: Status = .ok, contentType: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(status: status, headers: ["Content-Type": contentType], body: Array(text.utf8))
  }
}
