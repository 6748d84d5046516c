import Foundation
import Synchronization
import Transport

/// A server that misbehaves on purpose. It answers each piece of input with the text that the test returns.
final class FakeServer: Sendable {
  /// What to do with a piece of input.
  enum Answer: Sendable {
    case nothing
    case text(String)
    case hangUp
  }

  static let greeting = "+OK\r\n+OK\r\n"

  private let listener: Listener
  private let record: Record

  private final class Record: Sendable {
    let pieces = Mutex<[String]>([])
    let sockets = Mutex<[Socket]>([])
  }

  init(_ answer: @escaping @Sendable (String) -> Answer) throws {
    let record = Record()
    self.record = record
    listener = try Listener(on: .loopback(port: 0)) { socket, _ in
      record.sockets.withLock { $0.append(socket) }
      Thread { Self.serve(socket, record, answer) }.start()
    }
  }

  deinit {
    listener.close()
    hangUp()
  }

  /// Ends all connections.
  func hangUp() {
    record.sockets.withLock { for socket in $0 { shutdown(socket.descriptor, Int32(SHUT_RDWR)) } }
  }

  var port: Int { Int(listener.address.port) }
  /// The pieces of input, in the order in which the server read them.
  var received: [String] { record.pieces.withLock { $0 } }
  var connectionCount: Int { record.sockets.withLock { $0.count } }

  private static func serve(_ socket: Socket, _ record: Record, _ answer: @Sendable (String) -> Answer) {
    let flags = fcntl(socket.descriptor, F_GETFL)
    _ = fcntl(socket.descriptor, F_SETFL, flags & ~O_NONBLOCK)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = recv(socket.descriptor, &buffer, buffer.count, 0), count > 0 {
      let piece = String(decoding: buffer[..<count], as: UTF8.self)
      record.pieces.withLock { $0.append(piece) }
      switch answer(piece) {
      case .nothing: continue
      case .text(let text): _ = send(socket.descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL))
      case .hangUp: shutdown(socket.descriptor, Int32(SHUT_RDWR))
      }
    }
    // The descriptor stays open until the process ends: no other socket may get its number while `deinit` could use it.
  }
}
