import Cryptography
import Encoding
import HTTP
import Routing

/// A document that is the same for every client until the program ends, with an entity tag made of its bytes.
package struct ConstantDocument: Sendable {
  private static let tagBytes = 16

  private let entityTag: String
  private let whole: Response
  private let unchanged: Response

  /// A document with its media type, how long a cache may use it, and further header fields.
  package init(
    _ body: [UInt8], contentType: String, cacheControl: String, fields: [(String, String)] = []
  ) {
    entityTag = "\"\(Hex.encode(Array(SHA256.hash(body).prefix(Self.tagBytes))))\""
    var headers = Headers([("Cache-Control", cacheControl), ("ETag", entityTag)])
    unchanged = Response(status: .notModified, headers: headers)
    headers.append("Content-Type", contentType)
    for (name, value) in fields { headers.append(name, value) }
    whole = Response(status: .ok, headers: headers, body: body)
  }

  /// The document, or 304 where `If-None-Match` names it (RFC 9110, section 13.1.2).
  package func answer(to request: Request) -> Response {
    Precondition(request).isKnown(entityTag) ? unchanged : whole
  }
}
