import HTTP
import Synchronization

/// Names for requests: made here, or taken from the client or proxy before us when theirs is sane.
public final class RequestIDGenerator: Sendable {
  private let prefix: String
  private let counter: Atomic<UInt64>

  /// A taken id is at most this long.
  static let maximumBytes = 128
  private static let prefixCharacters = 7
  private static let counterCharacters = 8
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  /// - Parameter seed: Random; it sets the ids of one process apart from those of another.
  public init(seed: UInt64 = .random(in: .min ... .max)) {
    prefix = Self.text(seed, characters: Self.prefixCharacters)
    counter = Atomic(seed >> 40)
  }

  /// The next id: fifteen characters, which a string holds without allocating. It is unique, not secret.
  public func next() -> String {
    prefix
      + Self.text(counter.wrappingAdd(1, ordering: .relaxed).newValue, characters: Self.counterCharacters)
  }

  /// Base 32 after Crockford, the lowest bits of the number.
  private static func text(_ number: UInt64, characters: Int) -> String {
    String(unsafeUninitializedCapacity: characters) { bytes in
      for index in 0..<characters {
        bytes[characters - 1 - index] = alphabet[Int(number >> (5 * UInt64(index)) & 31)]
      }
      return characters
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
