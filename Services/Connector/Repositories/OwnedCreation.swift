import DataAccess
import Routing
import Schema
import Service

extension ConnectorIdempotencyKeys: IdempotencyTable {}

/// The creation of something for a user: one after the other, within the limit, and once for each `Idempotency-Key`.
///
/// The lock is a row of the owner's own. A lock on the first of the things themselves would be lost when that thing is
/// removed, and there is none before the first one.
struct OwnedCreation: Sendable {
  let ownerID: Int64
  let key: IdempotencyKey?
  let now: Timestamp

  /// Creates the thing with `insert`, which returns nil for one that exists already.
  func run<Kept: Table, Item: Sendable>(
    in database: Database, counting kept: Count<Kept>,
    find: (Int64, Transaction) async throws(DatabaseError) -> Item?,
    insert: (Transaction) async throws(DatabaseError) -> (id: Int64, item: Item)?
  ) async throws(DatabaseError) -> Creation<Item> {
    try await database.transaction { transaction throws(DatabaseError) in
      try await transaction.run(
        ConnectorOwners.insert(\.ownerID <- ownerID, \.updatedAt <- now)
          .updating(\.updatedAt, onConflictOf: \.ownerID))
      let keys = ConnectorIdempotencyKeys.self
      if let key {
        try await IdempotencyKey.sweep(keys, of: ownerID, at: now, transaction)
        let earlier = try await key.earlier(in: keys, of: ownerID, at: now, transaction, find: find)
        if let earlier { return earlier }
      }
      guard try await transaction.count(kept) < ConnectorRules.maximumPerOwner else { return .limitReached }
      guard let made = try await insert(transaction) else { return .taken }
      try await key?.store(in: keys, of: ownerID, resource: made.id, at: now, transaction)
      return .created(made.item)
    }
  }
}

extension Creation {
  /// The thing, new or known; throws the problem of the request otherwise.
  func item(of things: String, taken: String = "it exists already") throws(Problem) -> Item {
    try item(taken: .conflict(taken, code: .alreadyExists), full: ConnectorRules.full(things))
  }
}
