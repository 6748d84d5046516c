/// One entry of a document's index: a value or a member's name, with its position in the text.
struct JSONToken {
  enum Kind: UInt8 {
    case null, yes, no, integer, number, string, array, object
  }

  let kind: Kind
  /// Whether a string contains escapes and must be decoded. Other strings are slices of the text.
  let hasEscapes: Bool
  /// The offset of the first byte; for a string, the byte after its opening quote.
  let offset: UInt32
  /// For a scalar, its bytes. For an object, the entry of the last name found, where the next lookup starts.
  var length: UInt32
  /// The entry after this value and everything inside it.
  var next: UInt32

  init(_ kind: Kind, offset: Int, length: Int = 0, next: Int, hasEscapes: Bool = false) {
    self.kind = kind
    self.hasEscapes = hasEscapes
    self.offset = UInt32(truncatingIfNeeded: offset)
    self.length = UInt32(truncatingIfNeeded: length)
    self.next = UInt32(truncatingIfNeeded: next)
  }
}
