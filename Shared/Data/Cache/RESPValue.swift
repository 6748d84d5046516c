/// A reply of the Redis protocol (RESP2). Keys and values are bytes, not text.
package enum RESPValue: Sendable, Hashable {
  /// A short status line, for example `OK`.
  case status(String)
  /// An error inside an array, as `EXEC` returns them. The driver throws an error that is the whole reply.
  case error(String)
  /// A signed 64-bit number.
  case integer(Int64)
  /// A byte string.
  case bytes([UInt8])
  /// The absence of a value.
  case null
  /// Several replies in one.
  case array([RESPValue])

  /// The bytes of a byte string or a status; nil for every other kind.
  package var byteString: [UInt8]? {
    switch self {
    case .bytes(let bytes): bytes
    case .status(let text): Array(text.utf8)
    case .error, .integer, .null, .array: nil
    }
  }

  /// The text of a byte string or a status, where it is valid UTF-8.
  package var text: String? {
    switch self {
    case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
    case .status(let text): text
    case .error, .integer, .null, .array: nil
    }
  }

  /// The number of an integer reply.
  package var integer: Int64? {
    if case .integer(let value) = self { value } else { nil }
  }

  /// The elements of an array reply.
  package var elements: [RESPValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }
}
