import Dispatch
import Glibc
import Testing
import Transport

/// A client that blocks: it sends what a test says, byte for byte, and waits for the server at most five seconds.
final class TestClient {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let patienceMilliseconds: Int
  private let socket: Socket
  private var received: [UInt8] = []

  init(_ address: SocketAddress, patienceMilliseconds: Int = 5_000) throws {
    self.patienceMilliseconds = patienceMilliseconds
    socket = try Socket.open(for: address)
    _ = fcntl(socket.descriptor, F_SETFL, 0)
    var patience = timeval(
      tv_sec: patienceMilliseconds / 1_000, tv_usec: patienceMilliseconds % 1_000 * 1_000)
    setsockopt(
      socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(
      socket.descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    try socket.set(.noDelay(true))
    _ = try socket.connect(to: address)
  }

  deinit { socket.close() }

  func set(_ option: SocketOption) throws { try socket.set(option) }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: some Collection<UInt8>) throws {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      switch try rest.withUnsafeBytes({ try socket.write($0) }) {
      case .bytes(let count): rest = rest.dropFirst(count)
      case .wouldBlock: throw Failure(description: "the server takes nothing")
      }
    }
  }

  func finishWriting() { socket.finishWriting() }

  /// Makes the kernel send a reset instead of a proper end.
  func vanish() {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }

  /// Takes up to that many bytes; false at the end of the stream.
  @discardableResult
  func fill(atMost limit: Int = 65_536) throws -> Bool {
    var buffer = [UInt8](repeating: 0, count: limit)
    switch try buffer.withUnsafeMutableBytes({ try socket.read(into: $0) }) {
    case .bytes(let count):
      received += buffer[..<count]
      return true
    case .ended: return false
    case .wouldBlock: throw Failure(description: "no answer in \(patienceMilliseconds) ms; so far: \(text)")
    }
  }

  private var text: String { String(decoding: received.prefix(500), as: UTF8.self) }

  /// Everything until the server ends the connection.
  func readToEnd() throws -> String {
    while try fill() {}
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }

  /// Whether the server has ended the connection, with nothing left to read.
  func isAtEnd() -> Bool {
    do {
      return try received.isEmpty && !fill()
    } catch {
      return (error as? SocketError)?.reason == .peerGone
    }
  }

  /// Reads a head up to its empty line.
  func readHead() throws -> String {
    let end = Array("\r\n\r\n".utf8)
    while true {
      if let position = received.indices.first(where: { received[$0...].starts(with: end) }) {
        defer { received.removeFirst(position + end.count) }
        return String(decoding: received[..<position], as: UTF8.self)
      }
      guard try fill() else { throw Failure(description: "ended inside a head: \(text)") }
    }
  }

  /// Reads one answer, with the body that its Content-Length tells of.
  func readAnswer(toHead isHead: Bool = false) throws -> Answer {
    var answer = Answer(head: try readHead())
    let length = isHead ? 0 : Int(answer["content-length"] ?? "0") ?? 0
    while received.count < length {
      guard try fill() else { throw Failure(description: "ended inside a body") }
    }
    answer.body = String(decoding: received.prefix(length), as: UTF8.self)
    received.removeFirst(length)
    return answer
  }

  /// Sends a text again and again, and waits between two as long as its patience, until an answer comes; nil when
  /// none has come after so many.
  func answerWhileSending(_ text: String, atMost limit: Int) throws -> Answer? {
    for _ in 0..<limit {
      try send(text)
      if (try? fill()) == true { return try readAnswer() }
    }
    return nil
  }

  /// Sends a GET and reads its answer.
  func get(_ target: String) throws -> Answer {
    try send("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n")
    return try readAnswer()
  }
}

/// What a server answered.
struct Answer {
  let status: Int
  private let fields: [String: String]
  var body = ""

  init(head: String) {
    let lines = head.split(separator: "\r\n")
    status = lines.first.flatMap { $0.split(separator: " ").dropFirst().first }.flatMap { Int($0) } ?? 0
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      fields[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
    }
    self.fields = fields
  }

  subscript(_ name: String) -> String? { fields[name.lowercased()] }
}

/// Runs what blocks on a thread of its own, so that the tests' thread pool stays free.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Result, any Error>) in
    let queue = DispatchQueue(label: "client")
    queue.async { continuation.resume(with: Swift.Result(catching: body)) }
  }
}
