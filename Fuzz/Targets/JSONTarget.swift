import JSON

/// A document that is accepted comes back the same, and typed reading crashes on none.
enum JSONTarget {
  private struct Form: Codable {
    var name: String
    var count: Int16?
    var share: Double?
    var active: Bool
    var tags: [String]
    var inner: [String: Inner]?

    struct Inner: Codable {
      var id: UInt8
      var value: JSONValue
    }
  }

  static func check(_ input: UnsafeRawBufferPointer) {
    let bytes = Array(input)
    _ = try? JSONCoding.decode(Form.self, from: bytes, text: .storable)
    _ = try? JSONCoding.decode([Float].self, from: bytes)
    guard let value = try? JSONCoding.decode(JSONValue.self, from: bytes) else { return }
    FuzzTarget.plant(where: (value[0]?.integer ?? 0) != 0)
    guard let text = try? JSONCoding.encode(value) else {
      return demand(false, "a decoded value has no text")
    }
    guard let back = try? JSONCoding.decode(JSONValue.self, from: text) else {
      return demand(false, "the text of a decoded value is refused")
    }
    demand(back == value, "a value came back changed: \(value) as \(back)")
    demand((try? JSONCoding.encode(back)) == text, "a value has two texts")
    demand(text.count <= 6 * bytes.count, "the text has grown beyond its escapes")
  }
}
