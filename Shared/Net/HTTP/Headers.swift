import Encoding

/// The fields of a message in order, with case-insensitive names (RFC 9110, section 5).
///
/// All fields share one byte buffer; each is a pair of spans into it. The fields of a parsed request point into the
/// copy of its head, so parsing allocates nothing per field. A response stores its fields in wire form, so sending them
/// is one copy.
package struct Headers: Sendable {
  struct Field: Sendable, Hashable {
    let name: ByteSpan
    let value: ByteSpan
  }

  private(set) var bytes: [UInt8]
  private(set) var fields: [Field]
  /// Whether the serializer can send `bytes` unchanged: they are exactly the lines of `fields`, and the serializer
  /// writes none of these fields itself.
  private(set) var isWireForm: Bool
  /// A bit for the length of each name, modulo 64, and perhaps of names that are removed. Most searches are for names that a
  /// message does not have, and most of those end here.
  private var nameLengths: UInt64 = 0

  /// No fields.
  package init() {
    bytes = []
    fields = []
    isWireForm = true
  }

  /// The fields of a parsed message; `bytes` is its head.
  init(head bytes: [UInt8], fields: [Field]) {
    self.bytes = bytes
    self.fields = fields
    isWireForm = false
    for field in fields { nameLengths |= Self.bit(ofLength: Int(field.name.count)) }
  }

  /// The fields in the given order. A name may occur more than once.
  package init(_ pairs: [(name: String, value: String)]) {
    self.init()
    for pair in pairs { append(pair.name, pair.value) }
  }

  /// The number of fields, which can exceed the number of names.
  package var count: Int { fields.count }
  /// Whether there are no fields.
  package var isEmpty: Bool { fields.isEmpty }

  /// The first value of the name. Setting it replaces every field of the name; nil removes them.
  package subscript(_ name: String) -> String? {
    get { firstIndex(of: name).map { text(fields[$0].value) } }
    set {
      remove(name)
      if let newValue { append(name, newValue) }
    }
  }

  /// Whether a field with the name exists.
  package func contains(_ name: String) -> Bool { firstIndex(of: name) != nil }

  /// Whether a field is there with which a proxy names itself or its client.
  package var namesProxy: Bool {
    nameLengths & Self.proxyLengths != 0
      && (contains("X-Forwarded-For") || contains("Forwarded") || contains("Via"))
  }

  private static var proxyLengths: UInt64 { bit(ofLength: 15) | bit(ofLength: 9) | bit(ofLength: 3) }

  /// How many bytes of a value's end make its fingerprint: enough of a token's signature to tell tokens apart.
  private static let fingerprintBytes = 32

  /// A number that is equal for equal first values of the name, and that no client can predict; nil without the field. Long
  /// values with the same end have the same number.
  package func fingerprint(of name: String) -> Int? {
    guard let index = firstIndex(of: name) else { return nil }
    var hasher = Hasher()
    bytes.withUnsafeBytes {
      let value = UnsafeRawBufferPointer(rebasing: $0[fields[index].value.range])
      hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: value.suffix(Self.fingerprintBytes)))
    }
    return hasher.finalize()
  }

  /// The value of a field that must not occur twice.
  package enum SoleValue: Hashable, Sendable {
    /// Its bytes, which share the memory of all fields.
    case one(ArraySlice<UInt8>)
    case several
  }

  /// The value of the name, without a string of it; nil without the field.
  package func bytes(of name: String) -> SoleValue? {
    withName(name) { wanted, buffer in
      var found: SoleValue?
      for field in fields where CharacterClass.equalIgnoringCase(buffer.part(field.name), wanted) {
        guard found == nil else { return .several }
        found = .one(bytes[field.value.range])
      }
      return found
    }
  }

  /// All values of the name, in order.
  package func values(of name: String) -> [String] {
    withName(name) { wanted, buffer in
      fields.filter { CharacterClass.equalIgnoringCase(buffer.part($0.name), wanted) }
    }.map { text($0.value) }
  }

  /// Adds a field at the end.
  ///
  /// In a value, each byte that could end the line (CR, LF, NUL) becomes a space. In a name, each forbidden byte
  /// becomes a hyphen. An external value can therefore not inject a field (RFC 9110, section 5.5).
  package mutating func append(_ name: String, _ value: String) {
    var (name, value) = (name, value)
    let start = bytes.count
    name.withUTF8 { name in
      bytes.append(contentsOf: name)
      isWireForm = isWireForm && !ResponseSerializer.writes(name)
    }
    let nameSpan = ByteSpan(start: start, count: bytes.count - start)
    bytes.append(UInt8(ascii: ":"))
    bytes.append(UInt8(ascii: " "))
    let valueStart = bytes.count
    value.withUTF8 { bytes.append(contentsOf: $0) }
    let valueSpan = ByteSpan(start: valueStart, count: bytes.count - valueStart)
    bytes.append(UInt8(ascii: "\r"))
    bytes.append(UInt8(ascii: "\n"))
    sanitise(nameSpan, valueSpan)
    nameLengths |= Self.bit(ofLength: Int(nameSpan.count))
    fields.append(Field(name: nameSpan, value: valueSpan))
  }

  private mutating func sanitise(_ name: ByteSpan, _ value: ByteSpan) {
    for index in name.range where !CharacterClass.isToken(bytes[index]) { bytes[index] = UInt8(ascii: "-") }
    guard !bytes.withUnsafeBufferPointer({ CharacterClass.areFieldValue($0.part(value)) }) else { return }
    for index in value.range where !CharacterClass.isFieldValue(bytes[index]) {
      bytes[index] = UInt8(ascii: " ")
    }
  }

  /// Replaces every field of the name by one.
  package mutating func set(_ name: String, _ value: String) {
    self[name] = value
  }

  /// Removes every field of the name, if any.
  package mutating func remove(_ name: String) {
    guard firstIndex(of: name) != nil else { return }
    fields = withName(name) { wanted, buffer in
      fields.filter { !CharacterClass.equalIgnoringCase(buffer.part($0.name), wanted) }
    }
    isWireForm = false
  }
}

extension Headers {
  private static func bit(ofLength count: Int) -> UInt64 { 1 &<< UInt64(truncatingIfNeeded: count) }

  private func firstIndex(of name: String) -> Int? {
    guard nameLengths & Self.bit(ofLength: name.utf8.count) != 0 else { return nil }
    return withName(name) { wanted, buffer in
      for index in fields.indices
      where CharacterClass.equalIgnoringCase(buffer.part(fields[index].name), wanted) {
        return index
      }
      return nil
    }
  }

  @inline(__always)
  private func withName<Result>(
    _ name: String,
    _ body: (_ name: UnsafeBufferPointer<UInt8>, _ bytes: UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    var name = name
    return name.withUTF8 { wanted in bytes.withUnsafeBufferPointer { body(wanted, $0) } }
  }

  private func text(_ span: ByteSpan) -> String {
    bytes.withUnsafeBufferPointer { String(decoding: $0.part(span), as: UTF8.self) }
  }
}

extension Headers: Sequence {
  /// Iterates over the fields in order, and makes each field's strings on the way.
  package struct Iterator: IteratorProtocol {
    fileprivate let headers: Headers
    fileprivate var index = 0

    /// The next field, or nil at the end.
    package mutating func next() -> (name: String, value: String)? {
      guard index < headers.fields.count else { return nil }
      defer { index += 1 }
      let field = headers.fields[index]
      return (headers.text(field.name), headers.text(field.value))
    }
  }

  /// An iterator at the first field.
  package func makeIterator() -> Iterator { Iterator(headers: self) }
}

extension Headers: ExpressibleByDictionaryLiteral {
  /// The fields in the order of the literal. A name may occur more than once.
  package init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { append(name, value) }
  }
}

extension Headers: Equatable {
  /// Compares fields in order, with case-insensitive names.
  package static func == (left: Headers, right: Headers) -> Bool {
    left.elementsEqual(right) { $0.name.isSameIgnoringCase(as: $1.name) && $0.value.isSame(as: $1.value) }
  }
}

extension Headers: CustomStringConvertible {
  /// The fields as lines. Never log them: they may contain secrets.
  package var description: String { map { "\($0.name): \($0.value)" }.joined(separator: "\n") }
}
