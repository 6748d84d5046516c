import JSON
import Routing
import Schema

extension JSONValue {
  /// The document in a column. An unreadable document appears as its text, so that it does not fail a whole page.
  package init(stored text: JSONText) {
    do {
      self = try JSONCoding.decode(JSONValue.self, from: Array(text.text.utf8))
    } catch {
      self = .string(text.text)
    }
  }
}

extension JSONText {
  /// The text of the value for a column; throws a 422 when it has more than `limit` bytes.
  package init(_ value: JSONValue, limit: Int) throws {
    let bytes = try JSONCoding.encode(value)
    guard bytes.count <= limit else {
      throw Problem.unprocessable("a JSON value here may have at most \(limit) bytes")
    }
    self.init(String(decoding: bytes, as: UTF8.self))
  }
}
