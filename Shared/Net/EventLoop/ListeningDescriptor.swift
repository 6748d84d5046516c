import CLinux
import Glibc

/// What a listening socket does that Swift's Glibc module does not import.
package enum ListeningDescriptor {
  /// The next pending connection (`accept4(2)`), atomically non-blocking and close-on-exec.
  ///
  /// Negative with `errno` set when no connection is pending (`EAGAIN`) or the process is out of descriptors (`EMFILE`,
  /// `ENFILE`).
  ///
  /// `client` gets its client's address: a client that has reset its connection since has none to ask the socket for.
  package static func accept(
    from listener: Int32, client: UnsafeMutablePointer<sockaddr>, _ length: UnsafeMutablePointer<socklen_t>
  ) -> Int32 {
    bulkhead_accept(listener, client, length)
  }

  /// From now on the listener answers no new client, and those whose handshake has begun still become pending. Where the
  /// system cannot do so, nothing changes.
  package static func ignoreNewClients(of listener: Int32) {
    _ = bulkhead_ignore_new_clients(listener)
  }

  /// Whether a client's handshake is in progress.
  package enum Handshakes: Sendable {
    /// None: each client that is connected is one that ``accept(from:)`` returns.
    case none
    /// Also where the process had no descriptor or memory for the question.
    case inProgress
    /// The system does not report it: the kernel has no `tcp_diag`, or a filter forbids the question.
    case unknown
  }

  package static func handshakes(of listener: Int32) -> Handshakes {
    switch bulkhead_handshakes(listener) {
    case 0: .none
    case 1: .inProgress
    default: .unknown
    }
  }
}
