import DataAccess
import Schema
import Service
import Synchronization

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

  /// Handles an event, or a part of it whose size no user sets. A second call for the same event must do no harm.
  /// - Throws: ``PoisonEvent`` for an event that can never be handled; a `DatabaseError` stops the consumer for a while.
  func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep
}

/// What one call of ``FeedConsumer/consume(_:at:)`` has done.
enum FeedStep: Sendable {
  /// The event is handled.
  case complete
  /// More is to do for the event: it gets another turn after those of others.
  case partial
  /// The event is too old to be handled.
  case tooOld
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
/// How much a user has left is that user's choice: the removal has many parts, and those of other users come in between.
final class DeletedUsers: FeedConsumer {
  /// Longer than any token is believed after its user's deletion, and than a request takes. A minute after the first sweep
  /// begins on an engine where each event waits: two sweeps at once would share the rows, and record two removals.
  static let secondSweepSeconds = Int64(FeedMark.unknownWritersNanoseconds / 1_000_000_000) + 60

  let name: String
  let minimumAgeSeconds: Int64
  let owners: OwnerRepository
  /// What the removals that are not complete have removed.
  private let begun = Mutex<[Int64: OwnerRepository.Removed]>([:])

  init(name: String, minimumAgeSeconds: Int64, owners: OwnerRepository) {
    self.name = name
    self.minimumAgeSeconds = minimumAgeSeconds
    self.owners = owners
  }

  var types: [String] { ["user.deleted"] }
  var sources: [String] { ["backend-api"] }

  /// Both sweeps.
  static func sweeps(_ owners: OwnerRepository) -> [any FeedConsumer] {
    [
      DeletedUsers(name: "deleted-users", minimumAgeSeconds: 0, owners: owners),
      DeletedUsers(name: "deleted-users-again", minimumAgeSeconds: secondSweepSeconds, owners: owners),
    ]
  }

  func consume(_ event: FeedEvent, at now: Timestamp) async throws -> FeedStep {
    guard event.source == "backend-api" else {
      throw PoisonEvent(reason: "another service than backend-api recorded the deletion of a user")
    }
    guard let ownerID = Int64(event.subject), ownerID > 0 else {
      throw PoisonEvent(reason: "the subject is no user's id")
    }
    var removed = begun.withLock { $0.removeValue(forKey: ownerID) } ?? OwnerRepository.Removed()
    guard try await !owners.removePart(of: ownerID, adding: &removed, at: now) else { return .complete }
    let sum = removed
    begun.withLock { begun in
      // Another process may have completed some of them.
      if begun.count >= FeedCursor.maximumBegun { begun = [:] }
      begun[ownerID] = sum
    }
    return .partial
  }
}
