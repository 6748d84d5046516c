/// Tells which descriptors are ready: the one part of a loop that differs between systems.
///
/// A poller belongs to one loop. All calls come from the loop's thread, ``wake()`` alone from any. Readiness is
/// level-triggered. A token stands for one registration; the loop never uses a token twice, so that an event which
/// was already on its way when a descriptor was removed is recognised as stale.
package protocol Poller: AnyObject {
  /// Begins to watch a descriptor.
  func add(_ descriptor: Int32, for interest: Interest, token: UInt64) throws(LoopError)

  /// Changes what a watched descriptor is watched for.
  func modify(_ descriptor: Int32, for interest: Interest, token: UInt64) throws(LoopError)

  /// Stops watching. `released` is called on the loop's thread, at once or from a later ``wait(timeoutMilliseconds:deliver:)``,
  /// as soon as the descriptor may be closed.
  func remove(_ descriptor: Int32, token: UInt64, released: @escaping () -> Void)

  /// Waits for events, delivers each, and returns; at the latest after the timeout (-1: none) or a ``wake()``.
  func wait(timeoutMilliseconds: Int, deliver: (_ token: UInt64, _ readiness: Readiness) -> Void)

  /// Ends the current wait, or the next one when none is going on. May be called from any thread.
  func wake()
}

/// Why a loop could not be made, or could not watch a descriptor.
package struct LoopError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was being attempted.
  package enum Operation: String, Sendable, Hashable {
    /// `epoll_create1` or `eventfd`: the process is out of descriptors or memory.
    case create
    /// The first registration of a descriptor.
    case register
    /// A change of interest.
    case update
  }

  /// What was being attempted.
  package let operation: Operation
  /// The system's error number, for example `EMFILE`, `EEXIST` or `EPERM` (a descriptor that cannot be polled).
  package let errorNumber: Int32

  /// Names the operation and the number the system gave.
  package init(operation: Operation, errorNumber: Int32) {
    self.operation = operation
    self.errorNumber = errorNumber
  }

  /// Safe to log: the operation and the number.
  package var description: String { "event loop: \(operation.rawValue) failed with errno \(errorNumber)" }
}
