import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

@testable import EventLoop

@Suite struct LineWriterTests {
  /// What carries the lines to their reader.
  enum Channel: CaseIterable, Sendable {
    case pipe
    case socket

    /// The end that is read, and the one that is written.
    func make() throws -> (reading: FileHandle, writing: FileHandle) {
      var ends: [Int32] = [-1, -1]
      switch self {
      case .pipe: try #require(Glibc.pipe(&ends) == 0)
      case .socket: try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
      }
      return (
        FileHandle(fileDescriptor: ends[0], closeOnDealloc: true),
        FileHandle(fileDescriptor: ends[1], closeOnDealloc: true)
      )
    }
  }

  private static let lineCount = 20_000
  private static let limit = 64 << 10

  private static func line(_ number: Int) -> String {
    "line \(number) " + String(repeating: "x", count: 80) + "\n"
  }

  private static func write(_ text: String, to writer: LineWriter) {
    Array(text.utf8).withUnsafeBytes { writer.write($0) }
  }

  /// Reads until a line begins with this word, and returns the first two words of each.
  private static func lines(from file: FileHandle, until word: String) throws -> [[String]] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let last = bytes.dropLast().lastIndex(of: 10).map { bytes[($0 + 1)...] } ?? bytes[...]
      if last.last == 10, last.starts(with: word.utf8) { break }
      let count = read(file.fileDescriptor, &piece, piece.count)
      try #require(count > 0)
      bytes += piece[..<count]
    }
    return bytes.split(separator: 10).map { line in
      line.split(separator: 32).prefix(2).map { String(decoding: $0, as: UTF8.self) }
    }
  }

  /// With a write that waits, the first loop would never end.
  @Test(.timeLimit(.minutes(8)), arguments: Channel.allCases, [true, false])
  func `without a reader no caller waits, and the lost lines are counted in their place`(
    channel: Channel, isDirect: Bool
  ) throws {
    let (reading, writing) = try channel.make()
    let flags = fcntl(writing.fileDescriptor, F_GETFL)
    let writer = LineWriter(descriptor: writing.fileDescriptor, limit: Self.limit, isDirect: isDirect)
    writer.describeLosses { Array("lost \($0)\n".utf8) }
    for number in 0..<Self.lineCount { Self.write(Self.line(number), to: writer) }
    #expect(!writer.flush(withinMilliseconds: 20))
    let lost = writer.lostLines
    #expect(lost > 0 && lost < Self.lineCount)
    Thread.detachNewThread {
      writer.flush(withinMilliseconds: Patience.milliseconds)
      Self.write("after it\n", to: writer)
    }
    var (next, reported) = (0, 0)
    for line in try Self.lines(from: reading, until: "after").dropLast() {
      let number = Int(line[1])
      if line[0] == "lost" {
        (next, reported) = (next + (number ?? 0), reported + (number ?? 0))
      } else {
        try #require(number == next)
        next += 1
      }
    }
    let isWhole = next == Self.lineCount && reported == lost && writer.lostLines == lost
    #expect(isWhole, "\(next) lines, \(reported) of \(lost) lost ones")
    // Another process may share the description, and expect its writes to wait.
    #expect(fcntl(writing.fileDescriptor, F_GETFL) == flags && flags & O_NONBLOCK == 0)
  }

  @Test(.timeLimit(.minutes(8)), arguments: Channel.allCases, [true, false])
  func `a slow reader gets all lines of all threads whole, those of a thread in their order`(
    channel: Channel, isDirect: Bool
  ) throws {
    let (reading, writing) = try channel.make()
    let writer = LineWriter(descriptor: writing.fileDescriptor, isDirect: isDirect)
    let (threads, each) = (4, 2_000)
    let left = Atomic<Int>(threads)
    for thread in 0..<threads {
      Thread.detachNewThread {
        for number in 0..<each {
          Self.write("\(thread) \(number) " + String(repeating: "y", count: 100) + "\n", to: writer)
        }
        if left.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 {
          Self.write("end\n", to: writer)
        }
      }
    }
    var lines = try Self.lines(from: reading, until: "end")
    #expect(lines.removeLast() == ["end"])
    for thread in 0..<threads {
      let own = lines.filter { $0[0] == "\(thread)" }.map { $0[1] }
      let isInOrder = own == (0..<each).map(String.init)
      #expect(isInOrder)
    }
    #expect(lines.count == threads * each && writer.lostLines == 0)
  }

  @Test func `a file gets every line`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log")
    try #require(FileManager.default.createFile(atPath: path, contents: nil))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    let writer = LineWriter(descriptor: file.fileDescriptor)
    for number in 0..<1_000 { Self.write(Self.line(number), to: writer) }
    #expect(writer.flush(withinMilliseconds: Patience.milliseconds))
    let expected = (0..<1_000).map(Self.line).joined()
    let isWhole = try String(contentsOfFile: path, encoding: .utf8) == expected
    #expect(isWhole)
  }

  @Test(arguments: Channel.allCases, [true, false])
  func `lines for a reader that is gone are dropped and counted`(channel: Channel, isDirect: Bool) throws {
    let (reading, writing) = try channel.make()
    try reading.close()
    signal(SIGPIPE, SIG_IGN)
    let writer = LineWriter(descriptor: writing.fileDescriptor, isDirect: isDirect)
    for number in 0..<10 { Self.write(Self.line(number), to: writer) }
    #expect(writer.flush(withinMilliseconds: Patience.milliseconds))
    #expect(writer.lostLines == 10)
  }

  /// Replaces what is behind the writer's descriptor by a new file, as a disk that has room again.
  private static func redirect(_ writing: FileHandle, to path: String) throws {
    try #require(FileManager.default.createFile(atPath: path, contents: nil))
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try #require(dup2(file.fileDescriptor, writing.fileDescriptor) == writing.fileDescriptor)
  }

  @Test(arguments: [true, false])
  func `lines that a full disk refuses are counted, and a notice stands in their place once it has room`(
    isDirect: Bool
  ) throws {
    let folder = try TemporaryFolder()
    let full = try FileHandle(forWritingTo: URL(fileURLWithPath: "/dev/full"))
    let writer = LineWriter(descriptor: full.fileDescriptor, isDirect: isDirect)
    writer.describeLosses { Array("lost \($0)\n".utf8) }
    for number in 0..<3 {
      Self.write("line \(number)\n", to: writer)
      #expect(writer.flush(withinMilliseconds: Patience.milliseconds))
      #expect(writer.lostLines == number + 1)
    }
    try Self.redirect(full, to: folder.file("log"))
    for word in ["next", "last"] { Self.write(word + "\n", to: writer) }
    #expect(writer.flush(withinMilliseconds: Patience.milliseconds))
    let text = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
    #expect(text == "lost 3\nnext\nlast\n")
    #expect(writer.lostLines == 3)
  }

  @Test(.timeLimit(.minutes(8)), arguments: Channel.allCases, [true, false])
  func `a line that was cut is counted, and the next one does not continue it`(
    channel: Channel, isDirect: Bool
  ) throws {
    let folder = try TemporaryFolder()
    let (reading, writing) = try channel.make()
    signal(SIGPIPE, SIG_IGN)
    let writer = LineWriter(descriptor: writing.fileDescriptor, isDirect: isDirect)
    writer.describeLosses { Array("lost \($0)\n".utf8) }
    // More than the kernel takes: its writer waits within the line.
    Self.write(String(repeating: "x", count: 2 << 20) + "\n", to: writer)
    #expect(!writer.flush(withinMilliseconds: 50))
    try reading.close()
    #expect(writer.flush(withinMilliseconds: Patience.milliseconds))
    #expect(writer.lostLines == 1)
    try Self.redirect(writing, to: folder.file("log"))
    Self.write("next\n", to: writer)
    #expect(writer.flush(withinMilliseconds: Patience.milliseconds))
    let text = try String(contentsOfFile: folder.file("log"), encoding: .utf8)
    #expect(text == "\nlost 1\nnext\n")
  }
}
