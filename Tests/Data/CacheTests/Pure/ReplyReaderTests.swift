import Foundation
import Testing

@testable import Cache
@testable import RedisDriver

@Suite("Parsing of replies")
struct ReplyReaderTests {
  /// Feeds the text in pieces of the given size and collects the replies.
  private func read(
    _ text: String, pieces: Int = .max, limits: RedisLimits = RedisLimits()
  ) throws(CacheError) -> [RESPValue] {
    let reader = try ReplyReader(limits: limits)
    var replies: [RESPValue] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let piece = Array(rest.prefix(pieces))
      rest = rest.dropFirst(piece.count)
      try feed(reader, piece)
      while let reply = try reader.next() { replies.append(reply) }
    }
    return replies
  }

  private func feed(_ reader: ReplyReader, _ bytes: [UInt8]) throws(CacheError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(CacheError) in
      try reader.feed(UnsafeRawBufferPointer(buffer))
    }
  }

  static let mixture =
    "+OK\r\n:42\r\n$-1\r\n$0\r\n\r\n$5\r\na\r\nbc\r\n-ERR no\r\n"
    + "*3\r\n:1\r\n*2\r\n$1\r\nx\r\n$-1\r\n*0\r\n*-1\r\n:-7\r\n"
  static let expected: [RESPValue] = [
    .status("OK"), .integer(42), .null, .bytes([]), .bytes(Array("a\r\nbc".utf8)), .error("ERR no"),
    .array([.integer(1), .array([.bytes([120]), .null]), .array([])]), .null, .integer(-7),
  ]

  @Test(arguments: [1, 2, 3, 7, 16, 1000])
  func `replies of every kind are parsed, however the bytes are split`(pieces: Int) throws {
    #expect(try read(Self.mixture, pieces: pieces) == Self.expected)
  }

  @Test(arguments: ["?\r\n", "hello\r\n", "*1x\r\n", "$-2\r\n", "$5\r\nab", ":abc\r\n", "*-2\r\n"])
  func `bytes outside the protocol give an error or an unfinished reply, never a value`(text: String) {
    do {
      #expect(try read(text).isEmpty || text.hasPrefix(":"))
    } catch {
      guard case .protocolViolation = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test(arguments: [1, 4096])
  func `a byte string beyond the limit is rejected before it is buffered`(pieces: Int) {
    let limits = RedisLimits(replyBytes: 1000)
    let text = "$1000000000\r\n" + String(repeating: "x", count: 5000)
    #expect(throws: CacheError.replyTooLarge) { try read(text, pieces: pieces, limits: limits) }
  }

  @Test func `an array that announces too many elements is rejected at its first line`() {
    #expect(throws: CacheError.replyTooLarge) { try read("*2147483647\r\n") }
    #expect(throws: CacheError.replyTooLarge) {
      try read("*2\r\n*60000\r\n" + String(repeating: ":1\r\n", count: 60_000) + "*60000\r\n")
    }
  }

  @Test func `the limits apply to each reply, not to their sum`() throws {
    let limits = RedisLimits(replyBytes: 100, replyElements: 4)
    let one = "*3\r\n:1\r\n:2\r\n:3\r\n"
    #expect(try read(String(repeating: one, count: 200), pieces: 10, limits: limits).count == 200)
  }

  @Test func `nesting beyond the limit is rejected`() {
    #expect(throws: CacheError.self) { try read(String(repeating: "*1\r\n", count: 100) + ":1\r\n") }
  }

  @Test(arguments: ["-ERR no\r\n", "$-1\r\n", ":1\r\n", "*0\r\n"])
  func `a reader that is released in the middle of a reply frees its memory`(next: String) throws {
    let bytes = 4_000_000
    let rounds = 128
    let begun = "*3\r\n$\(bytes)\r\n" + String(repeating: "x", count: bytes) + "\r\n" + next
    let before = try residentBytes()
    for _ in 0..<rounds {
      let reader = try ReplyReader(limits: RedisLimits())
      try feed(reader, Array(begun.utf8))
      #expect(try reader.next() == nil)
    }
    // Other tests run at the same time. The readers' buffers are a multiple of the memory that those tests need.
    #expect(try residentBytes() - before < rounds * bytes / 2)
  }

  @Test func `a reader may be released at any point of a reply`() throws {
    for cut in 1..<Self.mixture.utf8.count {
      let reader = try ReplyReader(limits: RedisLimits())
      try feed(reader, Array(Self.mixture.utf8.prefix(cut)))
      var whole: [RESPValue] = []
      while let reply = try reader.next() { whole.append(reply) }
      #expect(whole == Array(Self.expected.prefix(whole.count)), "cut at \(cut)")
      #expect(whole.count < Self.expected.count)
    }
  }

  /// The resident memory of this process (proc(5), `statm`).
  private func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
  }
}
