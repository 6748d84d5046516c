/// An object whose names a stranger chooses, as its members in the order of the text.
///
/// A dictionary loses members: Swift holds texts equal that Unicode takes for one character, such as `é` and `e` with a
/// combining accent. JSON compares names by their bytes (RFC 8259, section 8.3).
package struct JSONObject: Sendable, Hashable, Decodable {
  /// The members; no two names have the same bytes.
  package let members: [JSONValue.Member]

  /// An object without members.
  package static let empty = JSONObject([])

  /// An object of these members.
  package init(_ members: [JSONValue.Member]) { self.members = members }

  /// Reads an object; any other value has the wrong type.
  package init(from decoder: any Decoder) throws {
    guard case .object(let members) = try JSONValue(from: decoder) else {
      guard let decoder = decoder as? StreamingDecoder else {
        throw JSONError(.mistyped, "An object is expected here.")
      }
      throw decoder.document.mistyped("An object", at: decoder.index)
    }
    self.members = members
  }

  /// The object as a value.
  package var value: JSONValue { .object(members) }
}
