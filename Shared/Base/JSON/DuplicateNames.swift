import Glibc

/// Refuses an object with duplicate names. Readers disagree on which value counts, which lets a value bypass a check
/// (RFC 8259, section 4).
enum DuplicateNames {
  /// Up to this count names are compared in pairs; larger objects use a set.
  private static let fewNames = 16

  static func check(
    _ tokens: UnsafePointer<JSONToken>, object: Int, count: Int, in text: UnsafeBufferPointer<UInt8>
  ) throws(JSONError) {
    guard let base = text.baseAddress else { return }
    // Names of different marks differ, so most small objects need no more than this.
    var (marks, isMarkRepeated, hasEscapes) = (UInt64(0), false, false)
    var token = object + 1
    for _ in 0..<count {
      let mark = mark(of: tokens[token], in: base)
      isMarkRepeated = isMarkRepeated || marks & mark != 0
      marks |= mark
      hasEscapes = hasEscapes || tokens[token].hasEscapes
      token = next(tokens, after: token)
    }
    guard isMarkRepeated || hasEscapes else { return }
    guard count <= fewNames, !hasEscapes else {
      return try checkMany(tokens, object: object, count: count, in: text)
    }
    token = object + 1
    for position in 0..<count {
      try checkFew(tokens, name: token, following: count - position - 1, in: text)
      token = next(tokens, after: token)
    }
  }

  /// One of 64 bits, from the length of a name and the bytes at its ends. Its quotes are beside an empty one.
  @inline(__always)
  private static func mark(of name: JSONToken, in base: UnsafePointer<UInt8>) -> UInt64 {
    let (offset, length) = (Int(name.offset), Int(name.length))
    let sum = Int(base[offset]) &+ 5 &* Int(base[offset &+ length &- 1]) &+ 11 &* length
    return 1 &<< UInt64(truncatingIfNeeded: sum)
  }

  /// The name after this name and its value.
  @inline(__always)
  private static func next(_ tokens: UnsafePointer<JSONToken>, after name: Int) -> Int {
    Int(tokens[name &+ 1].next)
  }

  @inline(__always)
  private static func checkFew(
    _ tokens: UnsafePointer<JSONToken>, name: Int, following: Int, in text: UnsafeBufferPointer<UInt8>
  ) throws(JSONError) {
    guard let base = text.baseAddress else { return }
    let wanted = tokens[name]
    // A name without a byte is followed by its quote.
    let first = base[Int(wanted.offset)]
    var other = name
    for _ in 0..<following {
      other = next(tokens, after: other)
      let token = tokens[other]
      guard token.length == wanted.length, base[Int(token.offset)] == first,
        memcmp(base + Int(token.offset), base + Int(wanted.offset), Int(token.length)) == 0
      else { continue }
      throw duplicate(at: Int(token.offset))
    }
  }

  private static func checkMany(
    _ tokens: UnsafePointer<JSONToken>, object: Int, count: Int, in text: UnsafeBufferPointer<UInt8>
  ) throws(JSONError) {
    var names = Set<[UInt8]>(minimumCapacity: count)
    var token = object + 1
    for _ in 0..<count {
      let offset = Int(tokens[token].offset)
      let raw = UnsafeBufferPointer(rebasing: text[offset..<(offset + Int(tokens[token].length))])
      let name = tokens[token].hasEscapes ? Array(try JSONStringText.decoded(raw).utf8) : Array(raw)
      guard names.insert(name).inserted else { throw duplicate(at: offset) }
      token = next(tokens, after: token)
    }
  }

  private static func duplicate(at offset: Int) -> JSONError {
    JSONError(.malformed, "An object has a duplicate name.", at: offset)
  }
}
