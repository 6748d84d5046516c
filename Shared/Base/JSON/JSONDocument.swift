import Glibc

/// A validated JSON text with the index of its values. The decoders read from it.
final class JSONDocument {
  private let bytes: [UInt8]
  /// Raw memory, because decoding reads and changes it for every field, and an array in a class pays an exclusivity
  /// check for each access. All positions in it come from the scanner.
  private let tokens: UnsafeMutablePointer<JSONToken>

  init(_ bytes: [UInt8], text rule: JSONTextRule = .any) throws(JSONError) {
    self.bytes = bytes
    tokens = try bytes.withUnsafeBufferPointer { text throws(JSONError) in
      try JSONScanner(text, rule).scanDocument()
    }
  }

  deinit {
    tokens.deallocate()
  }

  func kind(at index: Int) -> JSONToken.Kind { tokens[index].kind }

  /// The entry after this value.
  func end(of index: Int) -> Int { Int(tokens[index].next) }

  /// How many values an array has, or an object.
  func elementCount(of container: Int) -> Int {
    let step = tokens[container].kind == .object ? 1 : 0
    var (count, index) = (0, container &+ 1)
    while index < end(of: container) {
      index = end(of: index &+ step)
      count &+= 1
    }
    return count
  }

  func isNull(at index: Int) -> Bool { tokens[index].kind == .null }

  /// The value of a member, or nil when the object has no such name.
  ///
  /// The search starts at the last name found, because decoders usually read fields in the order of the text.
  func value(of name: String, inObject object: Int) -> Int? {
    let end = Int(tokens[object].next)
    let begin = Int(tokens[object].length)
    var name = name
    return name.withUTF8 { wanted in
      search(wanted, object, from: begin, to: end) ?? search(wanted, object, from: object &+ 1, to: begin)
    }
  }

  @inline(__always)
  private func search(_ wanted: UnsafeBufferPointer<UInt8>, _ object: Int, from: Int, to end: Int) -> Int? {
    var name = from
    while name < end {
      if isName(name, wanted) {
        tokens[object].length = UInt32(truncatingIfNeeded: name)
        return name &+ 1
      }
      name = Int(tokens[name &+ 1].next)
    }
    return nil
  }

  @inline(__always)
  private func isName(_ name: Int, _ wanted: UnsafeBufferPointer<UInt8>) -> Bool {
    let token = tokens[name]
    guard !token.hasEscapes else { return text(at: name).utf8.elementsEqual(wanted) }
    guard Int(token.length) == wanted.count else { return false }
    guard let start = wanted.baseAddress else { return true }
    return bytes.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return false }
      return memcmp(base + Int(token.offset), start, wanted.count) == 0
    }
  }

  /// The text of a name or a string.
  func text(at index: Int) -> String {
    let token = tokens[index]
    return bytes.withUnsafeBufferPointer { bytes in
      let raw = UnsafeBufferPointer(
        rebasing: bytes[Int(token.offset)..<(Int(token.offset) &+ Int(token.length))])
      guard token.hasEscapes else { return String(decoding: raw, as: UTF8.self) }
      // The scanner has validated every escape, so decoding cannot fail.
      return (try? JSONStringText.decoded(raw)) ?? ""
    }
  }
}

extension JSONDocument {
  func mistyped(_ expected: String, at index: Int) -> JSONError {
    JSONError(.mistyped, "\(expected) is expected here.", at: Int(tokens[index].offset))
  }

  func invalid(_ reason: String, at index: Int) -> JSONError {
    JSONError(.invalid, reason, at: Int(tokens[index].offset))
  }

  func bool(at index: Int) throws(JSONError) -> Bool {
    switch tokens[index].kind {
    case .yes: true
    case .no: false
    case .null, .integer, .number, .string, .array, .object: throw mistyped("true or false", at: index)
    }
  }

  func string(at index: Int) throws(JSONError) -> String {
    guard tokens[index].kind == .string else { throw mistyped("A string", at: index) }
    return text(at: index)
  }

  func integer<Value: FixedWidthInteger>(_ type: Value.Type, at index: Int) throws(JSONError) -> Value {
    guard tokens[index].kind == .integer else { throw mistyped("A whole number", at: index) }
    guard let value = withNumber(at: index, { JSONNumber.integer(type, $0) }) else {
      throw invalid("The number is out of range.", at: index)
    }
    return value
  }

  func double(at index: Int) throws(JSONError) -> Double {
    let kind = tokens[index].kind
    guard kind == .integer || kind == .number else { throw mistyped("A number", at: index) }
    guard let value = withNumber(at: index, JSONNumber.double) else {
      throw invalid("The number is out of range.", at: index)
    }
    return value
  }

  func withNumber<Value>(at index: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
    let token = tokens[index]
    return bytes.withUnsafeBufferPointer { bytes in
      body(UnsafeBufferPointer(rebasing: bytes[Int(token.offset)..<(Int(token.offset) &+ Int(token.length))]))
    }
  }
}
