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
