import CPostgres
import Synchronization

/// A connection on its way from the thread that opened it to the loop that will own it.
///
/// Whoever takes the handle owns it; one that nobody takes is closed here.
final class EstablishedConnection: Sendable {
  private let handle: Mutex<OpaquePointer?>

  init(_ handle: sending OpaquePointer) {
    self.handle = Mutex(handle)
  }

  /// Gives the handle away, once.
  func take() -> ConnectionHandle? {
    handle.withLock { pointer -> ConnectionHandle? in
      guard let taken = pointer else { return nil }
      pointer = nil
      return ConnectionHandle(adopting: taken)
    }
  }

  deinit {
    handle.withLock { pointer in
      if let pointer { PQfinish(pointer) }
    }
  }
}
