import CRedis
import Cache

/// Encodes commands in the server's protocol, with hiredis.
enum CommandEncoder {
  /// Appends one command to the output.
  static func append(
    _ words: [[UInt8]], to output: inout [UInt8], limits: RedisLimits
  ) throws(CacheError) {
    guard !words.isEmpty else { throw .invalidCommand("no words") }
    guard words.count <= limits.commandWords else { throw .invalidCommand("too many words") }
    guard words.reduce(0, { $0 + $1.count }) <= limits.outgoingBytes else {
      throw .invalidCommand("too many bytes")
    }
    var formatted: UnsafeMutablePointer<CChar>?
    let length = format(words, into: &formatted)
    guard length > 0, let formatted else { throw .invalidCommand("hiredis could not format it") }
    defer { redisFreeCommand(formatted) }
    guard output.count + Int(length) <= limits.outgoingBytes else { throw .queueFull }
    output.append(contentsOf: UnsafeRawBufferPointer(start: formatted, count: Int(length)))
  }

  private static func format(
    _ words: [[UInt8]], into formatted: inout UnsafeMutablePointer<CChar>?
  ) -> Int32 {
    // One block of memory holds all words, so that one pointer stays valid for all of them.
    let lengths = words.map(\.count)
    let joined = Array(words.joined()) + [0]
    return joined.withUnsafeBytes { bytes in
      guard let base = bytes.bindMemory(to: CChar.self).baseAddress else { return -1 }
      var starts: [UnsafePointer<CChar>?] = []
      starts.reserveCapacity(words.count)
      var offset = 0
      for length in lengths {
        starts.append(base + offset)
        offset += length
      }
      return redisFormatCommandArgv(&formatted, Int32(words.count), &starts, lengths)
    }
  }
}
