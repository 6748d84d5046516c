extension PoolState {
  func refusal(of operation: Operation, _ diagnosis: String) -> DatabaseError {
    DatabaseError(.acquireTimeout(diagnosis), operation: operation.description)
  }

  /// `2 of 3 connections open; held: update users for 2100 ms; waiting: 4`.
  func diagnosis(at now: UInt64) -> String {
    let status = status(at: now)
    let held = status.holders.isEmpty ? "nobody" : status.holders.map(\.description).joined(separator: ", ")
    return "\(status.open) of \(status.size) connections open; held by: \(held); waiting: \(status.waiting)"
  }

  func status(at now: UInt64) -> PoolStatus {
    let holders = entries.compactMap { entry -> PoolStatus.Holder? in
      guard case .lent(let operation, let since) = entry.slot else { return nil }
      let held = now > since ? Int((now - since) / 1_000_000) : 0
      return PoolStatus.Holder(operation: operation.description, heldMilliseconds: held)
    }
    return PoolStatus(
      size: configuration.size, open: entries.count { !$0.isOpening },
      inUse: entries.count { $0.isLent || $0.isReading }, waiting: waiters.count, holders: holders)
  }
}
