import Testing

@testable import Cache
@testable import RedisDriver

@Suite("Encoding of commands")
struct CommandEncoderTests {
  private func encode(
    _ words: [[UInt8]], limits: RedisLimits = RedisLimits()
  ) throws(CacheError) -> String {
    var output: [UInt8] = []
    try CommandEncoder.append(words, to: &output, limits: limits)
    return String(decoding: output, as: UTF8.self)
  }

  @Test func `words are sent with their count and lengths, without quotes`() throws {
    let words = ["SET", "k", "a\r\nb c", ""].map { Array($0.utf8) }
    #expect(try encode(words) == "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\na\r\nb c\r\n$0\r\n\r\n")
  }

  @Test func `zero bytes are encoded like other bytes`() throws {
    #expect(try encode([[0], [0, 1, 0]]) == "*2\r\n$1\r\n\0\r\n$3\r\n\0\u{1}\0\r\n")
  }

  @Test func `a command with no words, too many words or too many bytes is rejected`() {
    #expect(throws: CacheError.invalidCommand("no words")) { try encode([]) }
    let limits = RedisLimits(outgoingBytes: 100, commandWords: 3)
    #expect(throws: CacheError.invalidCommand("too many words")) {
      try encode([[1], [2], [3], [4]], limits: limits)
    }
    #expect(throws: CacheError.invalidCommand("too many bytes")) {
      try encode([[UInt8](repeating: 1, count: 101)], limits: limits)
    }
  }

  @Test func `the output buffer has a limit, and a rejected command adds nothing to it`() throws {
    let limits = RedisLimits(outgoingBytes: 30)
    var output: [UInt8] = []
    try CommandEncoder.append([Array("PING".utf8)], to: &output, limits: limits)
    try CommandEncoder.append([Array("PING".utf8)], to: &output, limits: limits)
    #expect(throws: CacheError.queueFull) {
      try CommandEncoder.append([Array("PING".utf8)], to: &output, limits: limits)
    }
    #expect(output == Array("*1\r\n$4\r\nPING\r\n*1\r\n$4\r\nPING\r\n".utf8))
  }
}
