import HTTP
import JSON

extension Response {
  private static let jsonHeaders: Headers = ["Content-Type": "application/json"]

  /// A response with a value encoded as JSON.
  package static func json(_ value: some Encodable, status: Status = .ok) throws(JSONError) -> Response {
    Response(status: status, headers: jsonHeaders, body: try JSONCoding.encode(value))
  }

  /// A 204 response without a body.
  package static func noContent() -> Response { Response(status: .noContent) }
}
