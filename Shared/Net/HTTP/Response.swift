/// An answer: status, fields and a body that is there as a whole.
///
/// Framing fields (Content-Length, Connection, Date) are the serializer's; a handler does not set them.
/// A response is a value: one that never changes can be made once and returned again and again.
package struct Response: Sendable, Equatable {
  /// What came of the request.
  package var status: Status
  /// The fields, without those of the framing.
  package var headers: Headers
  /// The body; the serializer leaves it out where the standard forbids one.
  package var body: [UInt8]
  /// Names the request in the answer, as `X-Request-Id`; set by the router, so that a response that is made once need
  /// not be copied to bear it. It takes the place of a field of that name.
  package var requestID: String?

  /// A response of these parts.
  package init(status: Status, headers: Headers = Headers(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A body of text in UTF-8.
  package static func text(
    _ text: String, status: Status = .ok, contentType: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(status: status, headers: ["Content-Type": contentType], body: Array(text.utf8))
  }
}
