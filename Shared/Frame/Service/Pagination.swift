import Cryptography
import DataAccess
import Encoding
import HTTP
import Routing

/// The `limit` and `cursor` of a request for a page.
package struct PageRequest: Sendable {
  package static let defaultLimit = 50
  package static let maximumLimit = 200

  /// How many items at most.
  package let limit: Int
  /// The key of the last item of the page before, or `nil` for the first page.
  package let cursor: Int64?

  /// The two, for the API document.
  package static let parameters = [
    QueryParameter("limit", .integer, summary: "items at most, \(defaultLimit) where it is not given"),
    QueryParameter("cursor", summary: "where the page before ended"),
  ]

  /// Reads both, or says which one cannot be read.
  package init(_ request: Request) throws(Problem) {
    var limit = Self.defaultLimit
    var cursor: Int64?
    for (name, value) in try request.queryItems() {
      switch name {
      case "limit":
        guard let number = Int(value), (1...Self.maximumLimit).contains(number), String(number) == value
        else {
          throw .badRequest("limit is a number from 1 to \(Self.maximumLimit)")
        }
        limit = number
      case "cursor":
        guard let key = Cursor.decode(value) else {
          throw .badRequest("cursor was not given out by this service")
        }
        cursor = key
      default: break
      }
    }
    self.limit = limit
    self.cursor = cursor
  }
}

/// A key in a form that invites nobody to count with it.
enum Cursor {
  static func encode(_ key: Int64) -> String {
    Base64URL.encode(Array("k\(key)".utf8))
  }

  /// The key; `nil` for anything but what ``encode(_:)`` gives for a key that a row can have.
  static func decode(_ text: String) -> Int64? {
    guard let bytes = Base64URL.decode(text), bytes.first == UInt8(ascii: "k"),
      let key = Int64(String(decoding: bytes.dropFirst(), as: UTF8.self)), key >= 0, encode(key) == text
    else { return nil }
    return key
  }
}

/// A page as it is sent: `next` is the cursor of the following page, or null at the end.
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

extension Response {
  /// A page with its `Link` to the next one (RFC 8288). `extra` are the other query items that the link must keep.
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

  /// 201 with the place of what was made.
  package static func created<Body: Encodable>(_ body: Body, location: String) throws -> Response {
    var response = try Response.json(body, status: .created)
    response.headers.set("Location", location)
    return response
  }
}
