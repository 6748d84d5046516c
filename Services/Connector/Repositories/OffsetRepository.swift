import DataAccess
import Schema
import Service

/// The connector_offsets and connector_set_aside_events tables: where each consumer goes on, and what it passed over.
struct OffsetRepository: Sendable {
  /// How long a process follows the log for a consumer before another one may take over.
  static let holdSeconds: Int64 = 10
  /// How far the clock of another process may be ahead. A hold that ends later than such a clock could say has no holder
  /// to wait for: a clock was wrong, or was set back since.
  static let clockDifferenceSeconds: Int64 = 60

  let database: Database

  /// The position behind which the consumer goes on, where this process may follow the log for it; nil while another
  /// one does.
  ///
  /// The hold keeps the events of one subject in order: two processes never handle events of a consumer at once, as long
  /// as the handling of one event takes less time than the hold. ``advance(_:of:to:in:at:)`` renews it.
  func claim(_ consumer: String, for holder: String, at now: Timestamp) async throws(DatabaseError) -> Int64?
  {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = ConnectorOffsets.select(\.position, \.holder, \.heldUntil).where(\.consumer == consumer)
      let found = try await transaction.first(row.forUpdate()) { ($0, $1, $2) }
      let until = now.adding(seconds: Self.holdSeconds)
      guard let (position, holding, heldUntil) = found else {
        try await transaction.run(
          ConnectorOffsets.insert(
            \.consumer <- consumer, \.position <- 0, \.holder <- holder, \.heldUntil <- until,
            \.updatedAt <- now))
        return 0
      }
      if let holding, let heldUntil, holding != holder, heldUntil > now,
        heldUntil <= until.adding(seconds: Self.clockDifferenceSeconds)
      {
        return nil
      }
      try await transaction.run(
        ConnectorOffsets.update(\.holder <- holder, \.heldUntil <- until).where(\.consumer == consumer))
      return position
    }
  }

  /// The stored position; 0 for a consumer that has none yet.
  func position(of consumer: String) async throws(DatabaseError) -> Int64 {
    try await database.first(
      ConnectorOffsets.select(\.position).where(\.consumer == consumer), as: { $0 }) ?? 0
  }

  /// Whether a position was stored.
  enum Storing: Sendable, Hashable {
    case stored
    /// Another process follows the log for the consumer by now.
    case holdLost
    /// The log is not the one that was read: the position means nothing in it.
    case otherLog
  }

  /// Moves the position forward, or leaves it, and renews the hold, where the log has the witness up to which the position was read.
  func advance(
    _ consumer: String, of holder: String, to position: Int64, in witness: FeedWitness? = nil,
    at now: Timestamp
  ) async throws(DatabaseError) -> Storing {
    let until = now.adding(seconds: Self.holdSeconds)
    let change = ConnectorOffsets.update(\.position <- position, \.heldUntil <- until, \.updatedAt <- now)
      .where(\.consumer == consumer && \.holder == holder && \.position <= position)
    return try await database.transaction { transaction throws(DatabaseError) in
      if let witness, try await !EventFeed.isSameLog(as: witness, transaction) { return .otherLog }
      return try await transaction.run(change) == 1 ? .stored : .holdLost
    }
  }

  /// Records an event that the consumer passes over. A second record of the same event changes nothing.
  func setAside(
    _ eventID: Int64, by consumer: String, because reason: String, at now: Timestamp
  ) async throws(DatabaseError) {
    let text = String(String.UnicodeScalarView(reason.unicodeScalars.prefix(255)))
    let known = ConnectorSetAsideEvents.select(\.id).where(\.consumer == consumer && \.eventID == eventID)
    try await database.transaction { transaction throws(DatabaseError) in
      guard try await !transaction.exists(known) else { return }
      try await transaction.run(
        ConnectorSetAsideEvents.insert(
          \.consumer <- consumer, \.eventID <- eventID, \.reason <- text, \.createdAt <- now))
    }
  }
}
