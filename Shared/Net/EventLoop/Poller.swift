/// Reports which descriptors are ready. It is the only part of a loop that differs between systems.
///
/// A poller belongs to one loop. Only the loop's thread calls it, except for ``wake()``. Readiness is level-triggered.
/// A token identifies one registration. The loop never reuses a token, so it recognises a pending event of a removed
/// descriptor as stale.
package protocol Poller: AnyObject {
  /// Starts watching a descriptor.
  func add(_ descriptor: Int32, for interest: Interest, token: UInt64) throws(LoopError)

  /// Changes the interest of a watched descriptor.
  func modify(_ descriptor: Int32, for interest: Interest, token: UInt64) throws(LoopError)

  /// Stops watching a descriptor, and calls `released` once the caller may close it. The call comes on the loop's
  /// thread, at once or from a later ``wait(timeoutMilliseconds:deliver:)``.
  func remove(_ descriptor: Int32, token: UInt64, released: @escaping () -> Void)

  /// Waits for events and delivers them. It returns at the latest after the timeout (-1: none) or a ``wake()``.
  func wait(timeoutMilliseconds: Int, deliver: (_ token: UInt64, _ readiness: Readiness) -> Void)

  /// Ends the current wait, or the next one if no wait is in progress. Any thread may call it.
  func wake()
}

/// Why the system could not create a loop or watch a descriptor.
package struct LoopError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The operation that failed.
  package enum Operation: String, Sendable, Hashable {
    /// `epoll_create1` or `eventfd`: the process is out of descriptors or memory.
    case create
    /// The first registration of a descriptor.
    case register
    /// A change of interest.
    case update
  }

  /// The operation that failed.
  package let operation: Operation
  /// The system's error number, for example `EMFILE`, `EEXIST` or `EPERM` (a descriptor that cannot be polled).
  package let errorNumber: Int32

  /// Makes an error from the operation and the system's error number.
  package init(operation: Operation, errorNumber: Int32) {
    self.operation = operation
    self.errorNumber = errorNumber
  }

  /// Safe to log: the operation and the number.
  package var description: String { "event loop: \(operation.rawValue) failed with errno \(errorNumber)" }
}
