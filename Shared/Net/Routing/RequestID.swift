import HTTP
import Synchronization

/// Ids for requests. Every request has one of the router's own. The response repeats a valid id of the client or its
/// proxy instead, and the access log has both.
package final class RequestIDGenerator: Sendable {
  /// The common prefix of all ids of this generator.
  private let seed: UInt64
  private let counter: Atomic<UInt64>

  /// The longest id that the router accepts from a client.
  static let maximumBytes = 128
  private static let prefixCharacters = 7
  private static let counterCharacters = 8
  private static let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"

  /// - Parameter seed: A random number that makes the ids of different processes differ.
  package init(seed: UInt64 = .random(in: .min ... .max)) {
    self.seed = seed
    counter = Atomic(seed >> 40)
  }

  /// The next id. It is unique but not secret, and its fifteen characters fit into a string without an allocation.
  package func next() -> String {
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    let length = Self.prefixCharacters + Self.counterCharacters
    return String(unsafeUninitializedCapacity: length) { bytes in
      Self.write(seed, to: bytes, from: 0, to: Self.prefixCharacters)
      Self.write(number, to: bytes, from: Self.prefixCharacters, to: length)
      return length
    }
  }

  /// Writes the lowest bits of the number in Crockford's Base 32.
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

  /// The client's id, if it is short and contains only letters, digits and `-._`, because the id goes into logs.
  static func accepted(from request: borrowing Request) -> String? {
    guard let text = request.headers["X-Request-Id"], !text.isEmpty, text.utf8.count <= maximumBytes,
      text.utf8.allSatisfy(isAllowed)
    else { return nil }
    return text
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
