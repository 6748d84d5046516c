/// The request target, split into its parts (RFC 9112, section 3.2).
///
/// Origin form and absolute form have a path. The asterisk form is valid only for OPTIONS. The authority form belongs
/// to CONNECT, which this server does not support. The initializer validates percent-encoding once for all later
/// decoders. It also refuses an encoded NUL, because C libraries would end the text there.
struct RequestTarget: Sendable {
  let whole: ByteSpan
  let path: ByteSpan
  let query: ByteSpan?

  init(_ bytes: UnsafeBufferPointer<UInt8>, at whole: ByteSpan, method: Method) throws(ParseError) {
    let target = bytes.part(whole)
    guard let first = target.first else { throw .invalidTarget }
    try Self.checkCharacters(of: target)
    let base = Int(whole.start)
    self.whole = whole
    if first == UInt8(ascii: "/") {
      (path, query) = Self.split(target, from: 0, base: base)
      return
    }
    if target.count == 1, first == UInt8(ascii: "*"), method == .options {
      (path, query) = (whole, nil)
      return
    }
    let start = try Self.endOfAuthority(in: target)
    (path, query) = Self.split(target, from: start, base: base)
  }

  private static func checkCharacters(of target: UnsafeBufferPointer<UInt8>) throws(ParseError) {
    var index = 0
    while index < target.count {
      let byte = target[index]
      guard CharacterClass.isTarget(byte) else { throw .invalidTarget }
      index &+= 1
      guard byte == UInt8(ascii: "%") else { continue }
      guard index &+ 1 < target.count,
        let high = CharacterClass.hexValue(target[index]),
        let low = CharacterClass.hexValue(target[index &+ 1]),
        high | low != 0
      else { throw .invalidTarget }
      index &+= 2
    }
  }

  private static func split(
    _ target: UnsafeBufferPointer<UInt8>, from start: Int, base: Int
  ) -> (path: ByteSpan, query: ByteSpan?) {
    var end = start
    while end < target.count, target[end] != UInt8(ascii: "?") { end &+= 1 }
    let path = ByteSpan(start: base + start, count: end - start)
    guard end < target.count else { return (path, nil) }
    return (path, ByteSpan(start: base + end + 1, count: target.count - end - 1))
  }

  /// The start of the path in absolute form. The path may be empty.
  private static func endOfAuthority(in target: UnsafeBufferPointer<UInt8>) throws(ParseError) -> Int {
    for scheme in ["http://", "https://"] as [StaticString] {
      let length = scheme.utf8CodeUnitCount
      guard target.count > length,
        CharacterClass.equalIgnoringCase(target.part(0..<length), scheme)
      else { continue }
      var end = length
      while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") {
        end &+= 1
      }
      guard Authority.isValid(target.part(length..<end)) else { throw .invalidTarget }
      return end
    }
    throw .invalidTarget
  }
}
