import Cryptography
import Encoding
import HTTP
import JSON
import Routing

/// Entity tags of resources: a digest of the resource's JSON. They are strong, because equal tags mean equal bytes, and
/// need no column: every change of a resource changes its tag.
package enum EntityTag {
  private static let tagBytes = 16

  /// The tag of a resource. A resource that cannot be encoded has none, and fits no condition.
  package static func of(_ resource: some Encodable) -> String? {
    (try? JSONCoding.encode(resource)).map(of(bytes:))
  }

  package static func of(bytes: [UInt8]) -> String {
    "\"\(Hex.encode(Array(SHA256.hash(bytes).prefix(tagBytes))))\""
  }
}

extension Response {
  /// A resource with its tag.
  package static func tagged(_ resource: some Encodable, status: Status = .ok) throws -> Response {
    var response = try Response.json(resource, status: status)
    response.headers.set("ETag", EntityTag.of(bytes: response.body))
    return response
  }

  /// The answer to a read: the resource with its tag, 304 where the client has it, 412 where it asks for another state.
  package static func read(_ resource: some Encodable, for request: Request) throws -> Response {
    let response = try tagged(resource)
    let (tag, precondition) = (response.headers["ETag"], Precondition(request))
    guard precondition.isMatched(by: tag) else { throw Problem.outdated }
    guard precondition.isKnown(tag), let tag else { return response }
    return Response(status: .notModified, headers: ["ETag": tag])
  }
}
