/// How a pool stands at one moment.
package struct PoolStatus: Sendable, Hashable {
  /// A borrowed connection: what for, and for how long so far.
  package struct Holder: Sendable, Hashable, CustomStringConvertible {
    /// What the borrower does, as ``Operation/description`` has it.
    package let operation: String
    /// For how long it has had the connection.
    package let heldMilliseconds: Int

    /// `update users for 2100 ms`.
    package var description: String { "\(operation) for \(heldMilliseconds) ms" }
  }

  /// Connections at most.
  package let size: Int
  /// Connections that are open, in use or not.
  package let open: Int
  /// Connections that are lent out or carry reads.
  package let inUse: Int
  /// Statements that wait for a connection.
  package let waiting: Int
  /// Who has a connection to itself.
  package let holders: [Holder]
}
