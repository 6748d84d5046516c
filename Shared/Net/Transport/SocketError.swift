import Glibc

/// Why an operation on a socket failed. `EAGAIN` and `EINTR` never appear here: they are outcomes, not errors.
package struct SocketError: Error, Sendable, Hashable {
  /// The operation that failed.
  package enum Operation: String, Sendable, Hashable, CaseIterable {
    case resolve, open, configure, bind, listen, accept, connect, read, write, describe
  }

  /// The cause, as callers distinguish causes.
  package enum Reason: Sendable, Hashable {
    /// The peer closed or reset the connection: a normal end for a server.
    case peerGone
    /// No process listens there.
    case refused
    /// No reply within the time limit.
    case timedOut
    /// No route to that host or network.
    case unreachable
    /// Another process listens on that address already.
    case addressInUse
    /// The address is not one of this machine, or the name is unknown.
    case addressNotAvailable
    /// The text is neither an address nor a name with a port.
    case malformedAddress
    /// This process or the system has no descriptors, buffers or memory left.
    case outOfResources
    /// The system does not allow it, for example a port below 1024.
    case notPermitted
    /// Any other cause; see ``SocketError/errorNumber``.
    case other
  }

  /// The operation that failed.
  package let operation: Operation
  /// The system's number (`errno(3)`), or 0 when no system call was made.
  package let errorNumber: Int32
  /// The cause, as callers distinguish causes.
  package let reason: Reason
  /// The address of a failed bind.
  package private(set) var address: SocketAddress?

  /// The error with the address of the operation.
  func at(_ address: SocketAddress) -> SocketError {
    var error = self
    error.address = address
    return error
  }

  /// Makes an error from the system's number.
  package init(_ operation: Operation, errorNumber: Int32) {
    self.operation = operation
    self.errorNumber = errorNumber
    reason = Reason(errorNumber: errorNumber)
  }

  /// Makes an error that was found before any system call.
  package init(_ operation: Operation, reason: Reason) {
    self.operation = operation
    errorNumber = 0
    self.reason = reason
  }

  /// The error of the system call that has just failed.
  static func last(_ operation: Operation) -> SocketError {
    SocketError(operation, errorNumber: errno)
  }
}

extension SocketError: CustomStringConvertible {
  /// Safe to show: the operation, and the system's words for the error.
  package var description: String {
    let place = address.map { "\(operation.rawValue) \($0)" } ?? operation.rawValue
    return errorNumber == 0
      ? "\(place): \(reason)" : "\(place): \(String(cString: strerror(errorNumber))) (errno \(errorNumber))"
  }
}

extension SocketError.Reason {
  /// Classifies the system's numbers; every other number is ``other``.
  init(errorNumber: Int32) {
    self =
      switch errorNumber {
      case EPIPE, ECONNRESET, ENOTCONN, ESHUTDOWN, ECONNABORTED: .peerGone
      case ECONNREFUSED: .refused
      case ETIMEDOUT: .timedOut
      case EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN: .unreachable
      case EADDRINUSE: .addressInUse
      case EADDRNOTAVAIL: .addressNotAvailable
      case EMFILE, ENFILE, ENOBUFS, ENOMEM: .outOfResources
      case EACCES, EPERM: .notPermitted
      default: .other
      }
  }
}
