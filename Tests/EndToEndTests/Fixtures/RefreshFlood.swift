import Cryptography
import EventLoop
import Glibc
import Synchronization
import TestSupport
import Transport

/// A stranger with many kept connections, each of which sends one made-up refresh token after another.
final class RefreshFlood: Sendable {
  private static let pollMilliseconds: Int32 = 100
  private static let readBytes = 16_384
  /// Where the status stands in `HTTP/1.1 401`.
  private static let status = 9..<12

  private let address: SocketAddress
  private let connections: Int
  private let end = StopFlag()
  private let counts = Mutex<[String: Int]>([:])

  init(_ base: String, connections: Int) throws {
    address = try SocketAddress(parsing: base.replacingOccurrences(of: "http://", with: ""))
    self.connections = connections
  }

  /// The answers so far, by status.
  var answers: [String: Int] { counts.withLock { $0 } }

  /// No connection sends another request.
  func stop() { end.set() }

  /// Runs until ``stop()``, on a thread of its own.
  func run() async throws {
    let queue = OffloadQueue(name: "refreshes", concurrency: 1, queueLimit: 1)
    try await queue.run { try self.flood() }
  }

  private func flood() throws {
    var sockets: [pollfd] = []
    defer { for socket in sockets { close(socket.fd) } }
    for _ in 0..<connections {
      let socket = try Socket.open(for: address)
      sockets.append(pollfd(fd: socket.descriptor, events: Int16(POLLOUT), revents: 0))
      _ = try socket.connect(to: address)
    }
    while !end.isSet {
      guard poll(&sockets, nfds_t(sockets.count), Self.pollMilliseconds) > 0 else { continue }
      for index in sockets.indices where sockets[index].revents != 0 { advance(&sockets[index]) }
    }
  }

  /// Sends the first request, or the next one after an answer.
  private func advance(_ socket: inout pollfd) {
    if socket.events == Int16(POLLIN) {
      var buffer = [UInt8](repeating: 0, count: Self.readBytes)
      let count = recv(socket.fd, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      guard count > Self.status.upperBound else { return }
      counts.withLock { $0[String(decoding: buffer[Self.status], as: UTF8.self), default: 0] += 1 }
    }
    socket.events = Int16(POLLIN)
    Self.ask(socket.fd)
  }

  private static func ask(_ descriptor: Int32) {
    let body = #"{"refresh_token":"bhr_\#(SecureRandom.token(byteCount: 16)).\#(SecureRandom.token())"}"#
    let request = """
      POST /v1/sessions/refresh HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\n\
      Content-Length: \(body.utf8.count)\r\n\r\n\(body)
      """
    _ = request.utf8.withContiguousStorageIfAvailable {
      send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
  }
}
