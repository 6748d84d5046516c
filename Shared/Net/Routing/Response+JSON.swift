import HTTP
import JSON

extension Response {
  /// A response with a value encoded as JSON.
  package static func json(_ value: some Encodable, status: Status = .ok) throws(JSONError) -> Response {
    var response = Response(status: status)
    response.headers.append("Content-Type", "application/json")
    response.body = try JSONCoding.encode(value)
    return response
  }

  /// A 204 response without a body.
  package static func noContent() -> Response { Response(status: .noContent) }
}
