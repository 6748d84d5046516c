import CPostgres
import Synchronization

/// Cancels the statement that a connection executes, from any thread.
///
/// A cancellation opens a separate connection and waits for the server to close it, so it must not run on a loop.
final class CancelHandle: Sendable {
  /// The size of the buffer for libpq's error message; libpq recommends 256.
  private static let messageBytes = 256

  private let handle: Mutex<OpaquePointer?>

  init(for connection: ConnectionHandle) {
    // libpq copies what it needs, so the new handle shares nothing with the connection. The conversion to a number
    // expresses that to the compiler.
    let address = UInt(bitPattern: PQgetCancel(connection.pointer))
    handle = Mutex(OpaquePointer(bitPattern: address))
  }

  /// Sends the request and waits until the server has processed it. Returns nil when the request was sent, else libpq's
  /// error message.
  ///
  /// The server sends no reply: the statement fails with SQLSTATE 57014, or had already ended.
  func cancel() -> String? {
    handle.withLock { pointer in
      guard let pointer else { return "libpq made no cancel handle for the connection" }
      var message = [CChar](repeating: 0, count: Self.messageBytes)
      guard PQcancel(pointer, &message, Int32(message.count)) == 0 else { return nil }
      return message.withUnsafeBufferPointer { LibraryMessage.text($0.baseAddress) }
    }
  }

  deinit {
    handle.withLock { pointer in
      if let pointer { PQfreeCancel(pointer) }
    }
  }
}
