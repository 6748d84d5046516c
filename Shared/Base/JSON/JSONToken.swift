/// One entry of a document's index: a value or a member's name, and where it stands in the text.
struct JSONToken {
  enum Kind: UInt8 {
    case null, yes, no, integer, number, string, array, object
  }

  let kind: Kind
  /// A string with escapes has to be decoded; any other is a slice of the text.
  let hasEscapes: Bool
  /// Where it begins in the text; a string without its quote.
  let offset: UInt32
  /// Bytes of a scalar; for an object, the entry of the name that was looked up last, where the next search
  /// begins.
  var length: UInt32
  /// The entry after this value and all it holds.
  var next: UInt32

  init(_ kind: Kind, offset: Int, length: Int = 0, next: Int, hasEscapes: Bool = false) {
    self.kind = kind
    self.hasEscapes = hasEscapes
    self.offset = UInt32(truncatingIfNeeded: offset)
    self.length = UInt32(truncatingIfNeeded: length)
    self.next = UInt32(truncatingIfNeeded: next)
  }
}
