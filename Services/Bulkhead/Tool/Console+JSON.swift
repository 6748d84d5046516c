import JSON

extension Console {
  /// The answer for machines: one JSON document on standard output.
  func answer(_ value: some Encodable) throws {
    say(String(decoding: try JSONCoding.encode(value), as: UTF8.self))
  }
}
