/// An answer: status, fields and a body that is there as a whole.
///
/// Framing fields (Content-Length, Connection, Date) are the serializer's; a handler does not set them.
/// A response is a value: one that never changes can be made once and returned again and again.
public struct Response: Sendable, Equatable {
  public var status: Status
  public var headers: Headers
  public var body: [UInt8]

  public init(status: Status, headers: Headers = Headers(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// A body of text in UTF-8.
  public static func text(
    _ text: String, status: Status = .ok, contentType: String = "text/plain; charset=utf-8"
  ) -> Response {
    Response(status: status, headers: ["Content-Type": contentType], body: Array(text.utf8))
  }
}
