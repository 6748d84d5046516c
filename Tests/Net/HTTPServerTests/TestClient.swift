import Cryptography
import Dispatch
import Glibc
import TestSupport
import Testing
import Transport

/// A blocking client that sends a test's bytes unchanged and waits at most a minute for the server.
final class TestClient {
  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private let timeoutMilliseconds: Int
  private let socket: Socket
  private let session: TLSSession?
  private var received: [UInt8] = []
  /// A step of the handshake that leaves with the next bytes.
  private var kept: [UInt8]?

  /// With `tls` the client encrypts; the handshake runs with the first bytes that it sends. With `host` it connects from that
  /// IPv4 address.
  init(
    _ address: SocketAddress, from host: String? = nil, timeoutMilliseconds: Int = Patience.milliseconds,
    tls: TLSContext? = nil
  ) throws {
    self.timeoutMilliseconds = timeoutMilliseconds
    session = try tls.map { try TLSSession(client: $0, host: address.host) }
    socket = try Socket.open(for: address)
    _ = fcntl(socket.descriptor, F_SETFL, 0)
    var timeout = timeval(
      tv_sec: timeoutMilliseconds / 1_000, tv_usec: timeoutMilliseconds % 1_000 * 1_000)
    setsockopt(
      socket.descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(
      socket.descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    try socket.set(.noDelay(true))
    if let host { try bind(to: host) }
    _ = try socket.connect(to: address)
  }

  private func bind(to host: String) throws {
    var local = sockaddr_in()
    local.sin_family = sa_family_t(AF_INET)
    local.sin_addr.s_addr = inet_addr(host)
    let result = withUnsafePointer(to: local) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(socket.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure(description: "no connection from \(host)") }
  }

  deinit { socket.close() }

  func set(_ option: SocketOption) throws { try socket.set(option) }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: some Collection<UInt8>) throws {
    guard let session else { return try sendPlain(bytes) }
    try shakeHands()
    var sealed = kept ?? []
    kept = nil
    try Array(bytes).withUnsafeBytes { try session.send($0, output: &sealed) }
    try sendPlain(sealed)
  }

  /// Sends a text and the last step of the handshake in one write.
  func sendWithHandshake(_ text: String) throws {
    kept = []
    try send(text)
  }

  /// The segments with data that have arrived: `tcpi_data_segs_in` of `TCP_INFO`, which Swift's Glibc module does not have.
  var segmentCount: UInt32 {
    var info = [UInt8](repeating: 0, count: 256)
    var length = socklen_t(info.count)
    getsockopt(socket.descriptor, Int32(IPPROTO_TCP), TCP_INFO, &info, &length)
    return info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 152, as: UInt32.self) }
  }

  /// Completes the handshake, if there is one.
  func shakeHands() throws {
    guard let session, session.state == .handshaking else { return }
    var hello: [UInt8] = []
    try session.start(output: &hello)
    try sendPlain(hello)
    while session.state == .handshaking {
      guard try receive(65_536) else { throw Failure(description: "ended inside the handshake") }
    }
  }

  /// Sends a text and announces the end of the session, in one write.
  func sendLast(_ text: String) throws {
    try shakeHands()
    var sealed: [UInt8] = []
    try Array(text.utf8).withUnsafeBytes { try session?.send($0, output: &sealed) }
    session?.close(output: &sealed)
    try sendPlain(sealed)
  }

  /// Announces the end of the session, and keeps the connection.
  func endSession() throws {
    var sealed: [UInt8] = []
    session?.close(output: &sealed)
    try sendPlain(sealed)
  }

  /// Sends bytes as they are, also on an encrypted connection.
  func sendPlain(_ bytes: some Collection<UInt8>) throws {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      switch try rest.withUnsafeBytes({ try socket.write($0) }) {
      case .bytes(let count): rest = rest.dropFirst(count)
      case .wouldBlock: throw Failure(description: "the server takes nothing")
      }
    }
  }

  /// Whether the server has announced the end of the session.
  var hasAnnouncedEnd: Bool { session?.state == .endedByPeer }

  /// Whether the connection has ended, in order or not; further bytes are dropped.
  var hasEnded: Bool {
    do {
      return try !fill()
    } catch {
      return (error as? SocketError)?.reason == .peerGone
    }
  }

  func finishWriting() { socket.finishWriting() }

  /// Whether bytes of the server are there to be read.
  var hasInput: Bool {
    var byte: UInt8 = 0
    return recv(socket.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 1
  }

  /// Closes the socket with a reset instead of an orderly end.
  func reset() {
    var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
    setsockopt(socket.descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
  }

  /// Reads at most `limit` bytes. False at the end of the stream.
  @discardableResult
  func fill(atMost limit: Int = 65_536) throws -> Bool {
    let count = received.count
    while try receive(limit) {
      if received.count > count { return true }
    }
    return received.count > count
  }

  /// Reads once, which on an encrypted connection may bring no plaintext.
  private func receive(_ limit: Int) throws -> Bool {
    if hasAnnouncedEnd { return false }
    var buffer = [UInt8](repeating: 0, count: limit)
    switch try buffer.withUnsafeMutableBytes({ try socket.read(into: $0) }) {
    case .bytes(let count):
      received += try decrypted(buffer[..<count])
      return true
    case .ended: return false
    case .wouldBlock: throw Failure(description: "no response in \(timeoutMilliseconds) ms; so far: \(text)")
    }
  }

  private func decrypted(_ bytes: ArraySlice<UInt8>) throws -> ArraySlice<UInt8> {
    guard let session else { return bytes }
    var plaintext = [UInt8](repeating: 0, count: bytes.count + TLSSession.maximumRecordBytes)
    var answer: [UInt8] = []
    let count = try plaintext.withUnsafeMutableBytes { plaintext in
      try bytes.withUnsafeBytes { try session.receive($0, plaintext: plaintext, output: &answer) }
    }
    if kept != nil { kept = answer } else { try sendPlain(answer) }
    return plaintext[..<count]
  }

  private var text: String { String(decoding: received.prefix(500), as: UTF8.self) }

  /// Reads everything until the server closes the connection.
  func readToEnd() throws -> String {
    while try fill() {}
    defer { received = [] }
    return String(decoding: received, as: UTF8.self)
  }

  /// Whether the server has closed the connection and no bytes remain.
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

  /// Reads one response with the body of its Content-Length.
  func readResponse(toHead isHead: Bool = false) throws -> ReceivedResponse {
    var response = ReceivedResponse(head: try readHead())
    let length = isHead ? 0 : Int(response["content-length"] ?? "0") ?? 0
    while received.count < length {
      guard try fill() else { throw Failure(description: "ended inside a body") }
    }
    response.body = String(decoding: received.prefix(length), as: UTF8.self)
    received.removeFirst(length)
    return response
  }

  /// Sends a text repeatedly, with the client's timeout between two, until a response arrives. Nil after `limit` texts
  /// without one.
  func responseWhileSending(_ text: String, atMost limit: Int) throws -> ReceivedResponse? {
    for _ in 0..<limit {
      try send(text)
      if (try? fill()) == true { return try readResponse() }
    }
    return nil
  }

  /// Sends a GET and reads its response.
  func get(_ target: String) throws -> ReceivedResponse {
    try send("GET \(target) HTTP/1.1\r\nHost: test\r\n\r\n")
    return try readResponse()
  }
}

/// A response as the client received it.
struct ReceivedResponse {
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

/// Runs blocking work on its own thread, so that it does not occupy the tests' thread pool.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Result, any Error>) in
    let queue = DispatchQueue(label: "client")
    queue.async { continuation.resume(with: Swift.Result(catching: body)) }
  }
}
