import JSON

/// Writes a document that consists of texts, whole numbers, lists and objects, which can always be written: only
/// infinite numbers and too deep nesting cannot.
func json(_ value: JSONValue) -> [UInt8] {
  guard let bytes = try? JSONCoding.encode(value) else {
    preconditionFailure("a document of texts and whole numbers could not be written")
  }
  return bytes
}
