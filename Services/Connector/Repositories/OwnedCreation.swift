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
    in database: Database, counting kept: Count<Kept>, upTo limit: Int,
    find: (Int64, Transaction) async throws(DatabaseError) -> Item?,
    insert: (Transaction) async throws(DatabaseError) -> (id: Int64, item: Item)?
  ) async throws(DatabaseError) -> Creation<Item> {
    try await database.transaction(inLineOf: ownerID) { transaction throws(DatabaseError) in
      if let earlier = try await begin(transaction, find: find) { return earlier }
      guard try await transaction.count(kept) < limit else { return .limitReached }
      guard let made = try await insert(transaction) else { return .taken }
      try await end(with: made.id, transaction)
      return .created(made.item)
    }
  }

  /// Does something to a webhook, once for each key; nil where `action` finds nothing to do it to.
  func once<Item: Sendable>(
    to webhookID: Int64, in database: Database,
    find: (Transaction) async throws(DatabaseError) -> Item?,
    action: (Transaction) async throws(DatabaseError) -> Item?
  ) async throws(DatabaseError) -> Creation<Item>? {
    try await database.transaction(inLineOf: ownerID) { transaction throws(DatabaseError) in
      let earlier = try await begin(transaction) { _, transaction throws(DatabaseError) in
        try await find(transaction)
      }
      if let earlier { return earlier }
      guard let item = try await action(transaction) else { return nil }
      try await end(with: webhookID, transaction)
      return .created(item)
    }
  }

  /// Waits for the owner's other requests, and returns what an earlier one with the same key has led to.
  private func begin<Item: Sendable>(
    _ transaction: Transaction, find: (Int64, Transaction) async throws(DatabaseError) -> Item?
  ) async throws(DatabaseError) -> Creation<Item>? {
    try await transaction.run(
      ConnectorOwners.insert(\.ownerID <- ownerID, \.updatedAt <- now)
        .updating(\.updatedAt, onConflictOf: \.ownerID))
    guard let key else { return nil }
    let keys = ConnectorIdempotencyKeys.self
    try await IdempotencyKey.sweep(keys, of: ownerID, at: now, transaction)
    return try await key.earlier(in: keys, of: ownerID, at: now, transaction, find: find)
  }

  private func end(with id: Int64, _ transaction: Transaction) async throws(DatabaseError) {
    try await key?.store(in: ConnectorIdempotencyKeys.self, of: ownerID, resource: id, at: now, transaction)
  }
}

extension Creation {
  /// The thing, new or known; throws the problem of the request otherwise.
  /// `limit` is that of ``OwnedCreation/run(in:counting:upTo:find:insert:)``; what has no number cannot meet one.
  func item(
    of things: String, limit: Int = 0, taken: String = "it exists already"
  ) throws(Problem) -> Item {
    try item(
      taken: .conflict(taken, code: .alreadyExists), full: ConnectorRules.full(things, limit: limit))
  }
}
