/// Finds the announced length of a client's hello before OpenSSL does.
///
/// OpenSSL takes memory for a whole message as soon as its length is there: 131,396 bytes of a ClientHello that may never
/// come. No client needs a tenth of it. The guard follows the plain records from their first byte (RFC 8446, sections 4 and
/// 5.1), through the second hello that a client of TLS 1.3 sends on demand. Of TLS 1.2 it ends with the first hello: an
/// encrypted message follows in records of the same type.
struct HelloGuard {
  /// The most bytes that a client's hello may announce.
  static let maximumBytes = 16_384

  private enum Place {
    /// The bytes of a record's header that have arrived.
    case header([UInt8])
    /// In a record of so many more bytes, with a part of a handshake or without.
    case record(left: Int, isHandshake: Bool)
    /// After the last plain message that may be a hello.
    case end
  }

  private static let headerBytes = 5
  private static let messageHeaderBytes = 4
  private static let hello: UInt8 = 1
  private static let handshakeRecord: UInt8 = 22
  /// An alert, and the change of the cipher, which TLS 1.3 only pretends.
  private static let passedRecords: Set<UInt8> = [20, 21]

  private var place = Place.header([])
  /// The first bytes of a message, while they are too few for its length.
  private var message: [UInt8] = []
  /// What is still to come of the hello in progress.
  private var helloLeft = 0

  /// Whether a whole hello has passed in the last call.
  private(set) var hasPassedHello = false

  /// Whether there is no further hello to find.
  var isDone: Bool { if case .end = place { true } else { false } }

  /// How many of the bytes OpenSSL may have now: up to the end of a hello. Nil where a hello announces too many.
  mutating func pass(_ bytes: UnsafeRawBufferPointer) -> Int? {
    hasPassedHello = false
    for (index, byte) in bytes.enumerated() {
      guard take(byte) else { return nil }
      if isDone { return bytes.count }
      if hasPassedHello { return index + 1 }
    }
    return bytes.count
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    switch place {
    case .end: return true
    case .header(let earlier):
      let header = earlier + [byte]
      guard header.count == Self.headerBytes else {
        place = .header(header)
        return true
      }
      begin(recordOf: header[0], bytes: Int(header[3]) << 8 | Int(header[4]))
      return true
    case .record(let left, let isHandshake):
      place = left > 1 ? .record(left: left - 1, isHandshake: isHandshake) : .header([])
      return isHandshake ? takeMessage(byte) : true
    }
  }

  private mutating func begin(recordOf kind: UInt8, bytes: Int) {
    let isHandshake = kind == Self.handshakeRecord
    guard isHandshake || Self.passedRecords.contains(kind) else {
      place = .end
      return
    }
    place = bytes > 0 ? .record(left: bytes, isHandshake: isHandshake) : .header([])
  }

  private mutating func takeMessage(_ byte: UInt8) -> Bool {
    if helloLeft > 0 {
      helloLeft -= 1
      hasPassedHello = helloLeft == 0
      return true
    }
    message.append(byte)
    guard message[0] == Self.hello else {
      place = .end
      return true
    }
    guard message.count == Self.messageHeaderBytes else { return true }
    let length = Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3])
    message = []
    helloLeft = length
    hasPassedHello = length == 0
    return length <= Self.maximumBytes
  }
}
