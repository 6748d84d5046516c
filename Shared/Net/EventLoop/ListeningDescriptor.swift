import CLinux

/// What a listening socket does that Swift's Glibc module does not import.
package enum ListeningDescriptor {
  /// The next pending connection (`accept4(2)`), atomically non-blocking and close-on-exec.
  ///
  /// Negative with `errno` set when no connection is pending (`EAGAIN`) or the process is out of descriptors (`EMFILE`,
  /// `ENFILE`).
  package static func accept(from listener: Int32) -> Int32 {
    bulkhead_accept(listener)
  }

  /// From now on the listener answers no new client, and those whose handshake has begun still become pending. Where the
  /// system cannot do so, nothing changes.
  package static func ignoreNewClients(of listener: Int32) {
    _ = bulkhead_ignore_new_clients(listener)
  }

  /// Whether a client that ``accept(from:)`` has not returned is connected, or its handshake is in progress. False where
  /// the system does not report it.
  package static func hasWaitingClients(_ listener: Int32) -> Bool {
    bulkhead_has_waiting(listener) == 1
  }
}
