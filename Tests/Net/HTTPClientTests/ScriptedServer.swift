import Dispatch
import Glibc
import Synchronization

/// A server for one connection that sends a given text, even a malformed one that no correct server sends.
final class ScriptedServer: Sendable {
  enum Ending: Sendable {
    case close
    /// Sends no byte until the client disconnects.
    case hold
    /// Sends the text again and again, as fast as the client takes it, until the client disconnects.
    case flood(String)
  }

  let port: UInt16
  private let listener: Int32
  private let received = Mutex<[UInt8]>([])
  private let finished = DispatchSemaphore(value: 0)

  var url: String { "http://127.0.0.1:\(port)" }

  /// The client's bytes, once the connection has ended.
  var request: String {
    finished.wait()
    defer { finished.signal() }
    return received.withLock { String(decoding: $0, as: UTF8.self) }
  }

  /// Sends each piece separately, once a whole request with that many body bytes has arrived.
  init(_ pieces: [String], awaitingBodyBytes: Int = 0, then ending: Ending = .close) {
    (listener, port) = Self.listen()
    let listener = listener
    DispatchQueue.global().async { [self] in
      let connection = accept(listener, nil, nil)
      readRequest(from: connection, bodyBytes: awaitingBodyBytes)
      for piece in pieces { Self.write(Array(piece.utf8), to: connection) }
      switch ending {
      case .close: break
      case .hold: awaitEnd(of: connection)
      case .flood(let text):
        let bytes = Array(String(repeating: text, count: 1000).utf8)
        while Self.write(bytes, to: connection) {}
      }
      close(connection)
      finished.signal()
    }
  }

  deinit { close(listener) }

  private static func listen() -> (descriptor: Int32, port: UInt16) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        precondition(bind(descriptor, address, length) == 0, "cannot bind")
        precondition(Glibc.listen(descriptor, 4) == 0, "cannot listen")
        getsockname(descriptor, address, &length)
      }
    }
    return (descriptor, UInt16(bigEndian: address.sin_port))
  }

  private func readRequest(from connection: Int32, bodyBytes: Int) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return }
      let text = received.withLock { received in
        received += buffer[..<count]
        return String(decoding: received, as: UTF8.self)
      }
      let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, parts[1].utf8.count >= bodyBytes { return }
    }
  }

  private func awaitEnd(of connection: Int32) {
    var byte: UInt8 = 0
    while recv(connection, &byte, 1, 0) > 0 {}
  }

  /// False where the client has disconnected.
  @discardableResult
  private static func write(_ bytes: [UInt8], to connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Array(rest).withUnsafeBytes {
        send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
