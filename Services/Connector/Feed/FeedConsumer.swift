import DataAccess
import Schema
import Service

/// What the connector does with the events of some types. It handles each event at least once, and those of one subject
/// in order.
protocol FeedConsumer: Sendable {
  /// The name of its position, which never changes.
  var name: String { get }
  /// The types that it handles; it passes over all others.
  var types: [String] { get }
  /// The services whose events it handles; it passes over those of all others.
  var sources: [String] { get }
  /// How old an event is before the consumer handles it.
  var minimumAgeSeconds: Int64 { get }

  /// The ids of those of a page's events that need handling; nil for all. It saves a statement for each of the others.
  func concerned(by events: [FeedEvent]) async throws(DatabaseError) -> Set<Int64>?

  /// Handles an event. A second call for the same event must do no harm.
  /// - Throws: ``PoisonEvent`` for an event that can never be handled; a `DatabaseError` stops the consumer for a while.
  func consume(_ event: FeedEvent, at now: Timestamp) async throws
}

extension FeedConsumer {
  func concerned(by events: [FeedEvent]) async throws(DatabaseError) -> Set<Int64>? { nil }
}

/// An event that a consumer can never handle. The reason quotes no value of the event.
struct PoisonEvent: Error {
  let reason: String
}

/// Removes what a deleted user has left at the connector.
///
/// A token of the user may be believed for up to a minute after the deletion, and a request with it may add a row.
/// A second consumer of this type therefore follows the first one later.
struct DeletedUsers: FeedConsumer {
  /// Longer than any token is believed after its user's deletion, and than a request takes. A minute after the first sweep
  /// begins on an engine where each event waits: two sweeps at once would share the rows, and record two removals.
  static let secondSweepSeconds = Int64(FeedMark.unknownWritersNanoseconds / 1_000_000_000) + 60

  let name: String
  let minimumAgeSeconds: Int64
  let owners: OwnerRepository
  var types: [String] { ["user.deleted"] }
  var sources: [String] { ["backend-api"] }

  /// Both sweeps.
  static func sweeps(_ owners: OwnerRepository) -> [any FeedConsumer] {
    [
      DeletedUsers(name: "deleted-users", minimumAgeSeconds: 0, owners: owners),
      DeletedUsers(name: "deleted-users-again", minimumAgeSeconds: secondSweepSeconds, owners: owners),
    ]
  }

  func consume(_ event: FeedEvent, at now: Timestamp) async throws {
    guard event.source == "backend-api" else {
      throw PoisonEvent(reason: "another service than backend-api recorded the deletion of a user")
    }
    guard let ownerID = Int64(event.subject), ownerID > 0 else {
      throw PoisonEvent(reason: "the subject is no user's id")
    }
    try await owners.removeEverything(of: ownerID, at: now)
  }
}
