import CLinux

/// Takes connections from listening sockets with `accept4(2)`, which Swift's Glibc module does not import.
package enum AcceptedDescriptor {
  /// The next waiting connection, non-blocking and closed on exec from its first moment; negative with `errno` set
  /// when there is none (`EAGAIN`) or the process is out of descriptors (`EMFILE`, `ENFILE`).
  package static func accept(from listener: Int32) -> Int32 {
    bulkhead_accept(listener)
  }
}
