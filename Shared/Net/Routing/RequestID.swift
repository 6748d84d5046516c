import HTTP
import Synchronization

/// Names for requests: made here, or taken from the client or proxy before us when theirs is sane.
package final class RequestIDGenerator: Sendable {
  /// The same for all ids of this generator.
  private let seed: UInt64
  private let counter: Atomic<UInt64>

  /// A taken id is at most this long.
  static let maximumBytes = 128
  private static let prefixCharacters = 7
  private static let counterCharacters = 8
  private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

  /// - Parameter seed: Random; it sets the ids of one process apart from those of another.
  package init(seed: UInt64 = .random(in: .min ... .max)) {
    self.seed = seed
    counter = Atomic(seed >> 40)
  }

  /// The next id: fifteen characters, which a string holds without allocating. It is unique, not secret.
  package func next() -> String {
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    let length = Self.prefixCharacters + Self.counterCharacters
    return String(unsafeUninitializedCapacity: length) { bytes in
      Self.write(seed, to: bytes, from: 0, to: Self.prefixCharacters)
      Self.write(number, to: bytes, from: Self.prefixCharacters, to: length)
      return length
    }
  }

  /// Base 32 after Crockford, the lowest bits of the number.
  @inline(__always)
  private static func write(
    _ number: UInt64, to bytes: UnsafeMutableBufferPointer<UInt8>, from start: Int, to end: Int
  ) {
    var rest = number
    var index = end
    while index > start {
      index &-= 1
      bytes[index] = alphabet.utf8Start[Int(rest & 31)]
      rest >>= 5
    }
  }

  /// The id that a request brought, when it is short and of letters, digits and `-._` alone: it goes into
  /// logs.
  static func taken(from request: Request) -> String? {
    guard let text = request.headers["X-Request-Id"], !text.isEmpty, text.utf8.count <= maximumBytes,
      text.utf8.allSatisfy(isSane)
    else { return nil }
    return text
  }

  private static func isSane(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
