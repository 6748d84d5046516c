/// Reads a text once, validates all of it, and builds an index of its values (RFC 8259).
///
/// The scanner finds every syntax error, so that the decoders see only valid documents and can skip any value in one
/// step.
struct JSONScanner: ~Copyable {
  private let text: UnsafeBufferPointer<UInt8>
  private let rule: JSONTextRule
  private var index = 0
  private var tokens: JSONIndex

  /// Tokens store offsets in 32 bits.
  private static let maximumBytes = Int(Int32.max)

  init(_ text: UnsafeBufferPointer<UInt8>, _ rule: JSONTextRule = .any) {
    self.text = text
    self.rule = rule
    // A value with its name takes about sixteen bytes of text, and less in small documents.
    tokens = JSONIndex(capacity: min(text.count, Self.maximumBytes) / 12 + min(text.count / 8, 64) + 4)
  }

  /// The index of a whole document, which the caller deallocates.
  consuming func scanDocument() throws(JSONError) -> UnsafeMutablePointer<JSONToken> {
    try scan()
    return tokens.release()
  }

  private mutating func scan() throws(JSONError) {
    guard text.count <= Self.maximumBytes else { throw malformed("The document is too large.") }
    try scanValue(depth: 0)
    skipWhitespace()
    guard index == text.count else { throw malformed("The text continues after the value.") }
  }

  private mutating func scanValue(depth: Int) throws(JSONError) {
    skipWhitespace()
    switch peek {
    case UInt8(ascii: "\""): try scanString()
    case UInt8(ascii: "{"): try scanObject(depth: depth + 1)
    case UInt8(ascii: "["): try scanArray(depth: depth + 1)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try scanNumber()
    case UInt8(ascii: "t"): try scanWord("true", .yes)
    case UInt8(ascii: "f"): try scanWord("false", .no)
    case UInt8(ascii: "n"): try scanWord("null", .null)
    default: throw malformed(index < text.count ? "A value is expected here." : "The text ends too early.")
    }
  }

  private mutating func scanObject(depth: Int) throws(JSONError) {
    let opening = try open(.object, depth: depth)
    var names = 0
    skipWhitespace()
    if peek != UInt8(ascii: "}") {
      repeat {
        skipWhitespace()
        guard peek == UInt8(ascii: "\"") else { throw malformed("A member name is expected here.") }
        try scanString()
        skipWhitespace()
        guard take(UInt8(ascii: ":")) else { throw malformed("A colon is expected here.") }
        try scanValue(depth: depth)
        names += 1
        skipWhitespace()
      } while take(UInt8(ascii: ","))
    }
    guard take(UInt8(ascii: "}")) else { throw malformed("A comma or the object's end is expected here.") }
    close(opening)
    if names > 1 { try DuplicateNames.check(tokens.tokens, object: opening, count: names, in: text) }
  }

  private mutating func scanArray(depth: Int) throws(JSONError) {
    let opening = try open(.array, depth: depth)
    skipWhitespace()
    if peek != UInt8(ascii: "]") {
      repeat {
        try scanValue(depth: depth)
        skipWhitespace()
      } while take(UInt8(ascii: ","))
    }
    guard take(UInt8(ascii: "]")) else { throw malformed("A comma or the array's end is expected here.") }
    close(opening)
  }

  private mutating func open(_ kind: JSONToken.Kind, depth: Int) throws(JSONError) -> Int {
    guard depth <= JSONCoding.maximumDepth else { throw malformed("The document is nested too deeply.") }
    tokens.append(JSONToken(kind, offset: index, next: 0))
    index &+= 1
    return tokens.count &- 1
  }

  private mutating func close(_ opening: Int) {
    tokens.tokens[opening].next = UInt32(truncatingIfNeeded: tokens.count)
    // The first lookup starts at the first name.
    tokens.tokens[opening].length = UInt32(truncatingIfNeeded: opening &+ 1)
  }
}

extension JSONScanner {
  private mutating func scanString() throws(JSONError) {
    let start = index &+ 1
    let scan = try JSONStringText.end(of: text, from: start)
    if scan.hasEscapes { try checkEscapes(from: start, to: scan.end) }
    append(
      JSONToken(
        .string, offset: start, length: scan.end &- start, next: tokens.count &+ 1,
        hasEscapes: scan.hasEscapes))
    index = scan.end &+ 1
  }

  /// A control character is always escaped, so that a string without escapes needs no check.
  private func checkEscapes(from start: Int, to end: Int) throws(JSONError) {
    switch rule {
    case .any: break
    case .storable:
      guard let place = try JSONStringText.nullCharacter(in: text, from: start, to: end) else { return }
      throw JSONError(
        .invalid, "A string contains the character U+0000, which cannot be stored.", at: place)
    }
  }

  /// `-? int frac? exp?`: no leading zeros, no plus sign, no bare dot.
  private mutating func scanNumber() throws(JSONError) {
    let start = index
    var kind = JSONToken.Kind.integer
    _ = take(UInt8(ascii: "-"))
    if !take(UInt8(ascii: "0")) { try scanDigits() }
    if take(UInt8(ascii: ".")) {
      kind = .number
      try scanDigits()
    }
    if peek | 0x20 == UInt8(ascii: "e") {
      kind = .number
      index &+= 1
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try scanDigits()
    }
    append(JSONToken(kind, offset: start, length: index &- start, next: tokens.count &+ 1))
  }

  private mutating func scanDigits() throws(JSONError) {
    let start = index
    while peek &- 0x30 < 10 { index &+= 1 }
    guard index > start else { throw malformed("A digit is expected here.") }
  }

  private mutating func scanWord(_ word: StaticString, _ kind: JSONToken.Kind) throws(JSONError) {
    let end = index + word.utf8CodeUnitCount
    let wanted = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard end <= text.count, text[index..<end].elementsEqual(wanted) else {
      throw malformed("A value is expected here.")
    }
    append(JSONToken(kind, offset: index, length: word.utf8CodeUnitCount, next: tokens.count &+ 1))
    index = end
  }

  @inline(__always)
  private mutating func append(_ token: JSONToken) {
    tokens.append(token)
  }

  /// The next byte, or zero at the end, which no grammar rule accepts.
  @inline(__always)
  private var peek: UInt8 { index < text.count ? text[index] : 0 }

  @inline(__always)
  private mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    index &+= 1
    return true
  }

  @inline(__always)
  private mutating func skipWhitespace() {
    while true {
      switch peek {
      case 0x20, 0x0A, 0x0D, 0x09: index &+= 1
      default: return
      }
    }
  }

  private func malformed(_ reason: String) -> JSONError {
    JSONError(.malformed, reason, at: index)
  }
}
