import JSON
import Routing
import Schema

extension JSONValue {
  /// The document a column holds. What cannot be read shows as the text it is, rather than failing a whole page.
  package init(stored text: JSONText) {
    do {
      self = try JSONCoding.decode(JSONValue.self, from: Array(text.text.utf8))
    } catch {
      self = .string(text.text)
    }
  }
}

extension JSONText {
  /// The value as the text a column keeps; more than `limit` bytes is the client's mistake.
  package init(_ value: JSONValue, limit: Int) throws {
    let bytes = try JSONCoding.encode(value)
    guard bytes.count <= limit else {
      throw Problem.unprocessable("a JSON value here has at most \(limit) bytes")
    }
    self.init(String(decoding: bytes, as: UTF8.self))
  }
}
