import Cryptography
import DataAccess
import Encoding
import HTTP
import Routing
import Runtime

/// The `limit` and `cursor` of a request for a page.
package struct PageRequest: Sendable {
  package static let defaultLimit = 50
  package static let maximumLimit = 200
  private static let limits = 1...maximumLimit
  /// Where a page of documents ends before its limit: so many bytes of the rows. It leaves room in the largest answer for
  /// the last document, the names of the members, and escapes.
  package static let maximumBytes = ListenerSettings.largestAnswerBytes / 2

  /// The most items of the page.
  package let limit: Int
  /// The key of the last item of the previous page; `nil` for the first page.
  package let cursor: PageKey?

  /// Both parameters, for the API document.
  package static let parameters = [
    QueryParameter("limit", .range(limits), summary: "the most items, \(defaultLimit) by default"),
    QueryParameter("cursor", summary: "the `next` of the previous page"),
  ]

  /// Reads both parameters; the error names the one that is not valid.
  package init(_ request: Request) throws(Problem) {
    var limit = Self.defaultLimit
    var cursor: PageKey?
    for (name, value) in try request.queryItems() {
      switch name {
      case "limit":
        guard let number = Int(value), Self.limits.contains(number), String(number) == value
        else {
          throw .invalidParameter("limit", "must be a number from 1 to \(Self.maximumLimit)")
        }
        limit = number
      case "cursor":
        guard let key = Cursor.decode(value) else {
          throw .invalidParameter("cursor", "must be a value that this service returned")
        }
        cursor = key
      default: break
      }
    }
    self.limit = limit
    self.cursor = cursor
  }
}

/// The body of a page: `next` is the cursor of the next page, or null at the end.
package struct PageBody<Item: Encodable>: Encodable {
  package let items: [Item]
  package let next: String?

  enum CodingKeys: String, CodingKey {
    case items, next
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(items, forKey: .items)
    try container.encode(next, forKey: .next)
  }
}

extension DataShape {
  /// The shape of a page of these.
  package static func page(_ item: DataShape) -> DataShape {
    .object([
      .init("items", .list(item)),
      .init("next", .optional(.string), summary: "the `cursor` of the next page; null at the end"),
    ])
  }
}

extension Response {
  /// A page with its `Link` to the next page (RFC 8288). `extra` are the other query items that the link repeats.
  package static func page<Item: Encodable>(
    _ page: Page<Item>, for request: Request, limit: Int, keeping extra: [(name: String, value: String)] = []
  ) throws -> Response {
    let next = page.next.map(Cursor.encode)
    var response = try Response.json(PageBody(items: page.items, next: next))
    if let next {
      let kept = extra.map { "\($0.name)=\(PercentEncoding.encode($0.value))&" }.joined()
      response.headers.set("Link", "<\(request.path)?\(kept)limit=\(limit)&cursor=\(next)>; rel=\"next\"")
    }
    return response
  }

  /// 201 with the location of the new resource.
  /// - Parameter tag: The entity tag of the resource, where it has one.
  package static func created<Body: Encodable>(
    _ body: Body, location: String, tag: String? = nil
  ) throws -> Response {
    var response = try Response.json(body, status: .created)
    response.headers.set("Location", location)
    if let tag { response.headers.set("ETag", tag) }
    return response
  }
}
