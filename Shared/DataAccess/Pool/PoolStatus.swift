/// How a pool stands at one moment.
public struct PoolStatus: Sendable, Hashable {
  /// A borrowed connection: what for, and for how long so far.
  public struct Holder: Sendable, Hashable, CustomStringConvertible {
    /// What the borrower does, as ``Operation/description`` has it.
    public let operation: String
    /// For how long it has had the connection.
    public let heldMilliseconds: Int

    /// `update users for 2100 ms`.
    public var description: String { "\(operation) for \(heldMilliseconds) ms" }
  }

  /// Connections at most.
  public let size: Int
  /// Connections that are open, in use or not.
  public let open: Int
  /// Connections that are lent out or carry reads.
  public let inUse: Int
  /// Statements that wait for a connection.
  public let waiting: Int
  /// Who has a connection to itself.
  public let holders: [Holder]
}
