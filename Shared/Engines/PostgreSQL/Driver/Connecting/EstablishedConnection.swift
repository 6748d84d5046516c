import CPostgres
import DataAccess
import Synchronization

/// A connection in transfer from the thread that opened it to the loop that will own it.
///
/// The loop that takes the handle owns it. This type closes a handle that no loop takes.
final class EstablishedConnection: Sendable {
  let server: ServerAddress
  /// Whether the server requested the password, which it accepted then.
  let hasProvenPassword: Bool
  let release: ServerRelease
  /// The number of the server's process for this session.
  let sessionNumber: Int64
  private let handle: Mutex<OpaquePointer?>
  private let notices: NoticeLog

  init(_ handle: sending OpaquePointer, server: ServerAddress, notices: NoticeLog) {
    self.server = server
    hasProvenPassword = PQconnectionUsedPassword(handle) == 1
    release = ServerRelease(number: Int(PQserverVersion(handle)))
    sessionNumber = Int64(PQbackendPID(handle))
    self.notices = notices
    self.handle = Mutex(handle)
  }

  /// Returns the handle once, then nil.
  func take() -> ConnectionHandle? {
    handle.withLock { pointer -> ConnectionHandle? in
      guard let taken = pointer else { return nil }
      pointer = nil
      return ConnectionHandle(adopting: taken, notices: notices)
    }
  }

  deinit {
    handle.withLock { pointer in
      if let pointer { PQfinish(pointer) }
    }
  }
}
