import CPostgres
import Synchronization

/// What libpq needs to cancel whatever its connection is executing, from any thread.
///
/// Cancelling opens a connection of its own and waits for the server to close it, so it must not run on a loop.
final class CancelHandle: Sendable {
  /// libpq writes its complaint into a buffer of this size and advises 256.
  private static let complaintBytes = 256

  private let handle: Mutex<OpaquePointer?>

  init(for connection: ConnectionHandle) {
    // libpq copies what it needs, so the new handle shares nothing with the connection; passing it as a number
    // tells the compiler so.
    let address = UInt(bitPattern: PQgetCancel(connection.pointer))
    handle = Mutex(OpaquePointer(bitPattern: address))
  }

  /// Sends the request and waits until the server has passed it on. Nil when it was sent, else libpq's complaint.
  ///
  /// The server answers nothing: the statement fails with SQLSTATE 57014, or had ended already.
  func cancel() -> String? {
    handle.withLock { pointer in
      guard let pointer else { return "there is nothing to cancel with" }
      var complaint = [CChar](repeating: 0, count: Self.complaintBytes)
      guard PQcancel(pointer, &complaint, Int32(complaint.count)) == 0 else { return nil }
      return complaint.withUnsafeBufferPointer { LibraryMessage.text($0.baseAddress) }
    }
  }

  deinit {
    handle.withLock { pointer in
      if let pointer { PQfreeCancel(pointer) }
    }
  }
}
