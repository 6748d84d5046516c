extension DatabaseError {
  /// One failure for several hosts, with all reasons. A read-only server explains more than one that is gone.
  package init(ofHosts failures: [DatabaseError]) {
    let isReadOnly = { (failure: DatabaseError) in failure.kind == .readOnlyServer }
    guard let chosen = failures.first(where: isReadOnly) ?? failures.last else {
      self.init(.connectionRefused, operation: "connect", detail: "no host is configured")
      return
    }
    self.init(
      chosen.kind, nativeCode: chosen.nativeCode, operation: chosen.operation,
      detail: failures.compactMap(\.detail).joined(separator: "; "))
  }
}
