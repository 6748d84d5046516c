/// The state of a pool at one moment.
package struct PoolStatus: Sendable, Hashable {
  /// A lent connection, with how long it has been lent; or a stalled lane, with its oldest read and how long it has
  /// been stalled.
  package struct Holder: Sendable, Hashable, CustomStringConvertible {
    /// The operation, as in ``Operation/description``.
    package let operation: String
    /// How long the operation has held the connection.
    package let heldMilliseconds: Int

    /// `update users for 2100 ms`.
    package var description: String { "\(operation) for \(heldMilliseconds) ms" }
  }

  /// The most connections.
  package let size: Int
  /// Open connections, in use or free.
  package let open: Int
  /// Connections that are lent or carry reads.
  package let inUse: Int
  /// Statements that wait for a connection.
  package let waiting: Int
  /// The borrowers of lent connections, and the reads that stall a lane.
  package let holders: [Holder]
}

extension PoolState {
  func refusal(of operation: Operation, _ diagnosis: String) -> DatabaseError {
    DatabaseError(.acquireTimeout(diagnosis), operation: operation.description)
  }

  /// `2 of 3 connections open; held by: update users for 2100 ms; waiting: 4`.
  func diagnosis(at now: UInt64) -> String {
    let status = status(at: now)
    let held =
      status.holders.isEmpty ? "no borrower" : status.holders.map(\.description).joined(separator: ", ")
    return "\(status.open) of \(status.size) connections open; held by: \(held); waiting: \(status.waiting)"
  }

  func status(at now: UInt64) -> PoolStatus {
    let holders = entries.compactMap { entry -> PoolStatus.Holder? in
      guard let (operation, since) = entry.holder else { return nil }
      let held = now > since ? Int((now - since) / 1_000_000) : 0
      return PoolStatus.Holder(operation: operation.description, heldMilliseconds: held)
    }
    return PoolStatus(
      size: configuration.size, open: entries.count { !$0.isOpening },
      inUse: entries.count { $0.isLent || $0.isReading }, waiting: waiters.count, holders: holders)
  }
}

extension PoolState.Entry {
  fileprivate var holder: (Operation, since: UInt64)? {
    switch slot {
    case .lent(let operation, let since): (operation, since)
    case .reading(let lane): lane.stall.map { ($0.oldest, $0.since) }
    case .opening, .idle: nil
    }
  }
}
