import CMariaDB
import DataAccess
import Secrets
import Synchronization
import Transport

/// A connection in transfer from the thread that opened it to the loop that will own it.
///
/// The loop that takes the handle owns it. This type closes a handle that no loop takes.
final class EstablishedConnection: Sendable {
  let server: Endpoint
  /// The password that the server accepted; a cancellation signs in with it.
  let password: Secret
  /// What the server answered about itself.
  let answer: ServerAnswer
  /// The relations of the account that differ from their tables.
  let relations: [String: Relation]
  private let handle: Mutex<UnsafeMutablePointer<MYSQL>?>

  init(
    _ handle: sending UnsafeMutablePointer<MYSQL>, server: Endpoint, password: Secret,
    answer: ServerAnswer, relations: [String: Relation]
  ) {
    self.answer = answer
    self.relations = relations
    self.server = server
    self.password = password
    self.handle = Mutex(handle)
  }

  /// Returns the handle once, then nil.
  func take() -> ConnectionHandle? {
    handle.withLock { pointer -> ConnectionHandle? in
      guard let taken = pointer else { return nil }
      pointer = nil
      return ConnectionHandle(adopting: taken)
    }
  }

  deinit {
    handle.withLock { pointer in
      if let pointer { mysql_close(pointer) }
    }
  }
}
