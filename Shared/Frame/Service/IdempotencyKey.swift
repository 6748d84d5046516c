import Cryptography
import DataAccess
import HTTP
import Routing
import Schema

/// The `Idempotency-Key` of a request that creates something. A client that got no answer sends the request again with
/// the same key, and gets what the first one created (draft-ietf-httpapi-idempotency-key-header).
///
/// A service keeps its keys in a table of its own. The key is stored in the transaction of the creation: both exist, or
/// neither.
package struct IdempotencyKey: Sendable, Hashable {
  package static let fieldName = "Idempotency-Key"
  package static let maximumBytes = 255
  /// How long a key is remembered.
  package static let keptSeconds: Int64 = 86_400
  /// The most expired keys that a request removes: more than it adds, so that none stay, and few enough that its cost does
  /// not grow with their number. It is a length of ``Swift/Sequence/padded``.
  package static let sweptKeys = 128
  /// The owner of the keys of requests without a token.
  package static let anyone: Int64 = 0

  let text: String
  /// The digest of the request.
  let fingerprint: String

  /// Reads the key of a request; nil where it has none.
  /// - Parameter coversBody: Whether an equal request has the same bytes. A digest of a body with a password must not be
  ///   stored: its handler compares what was created instead.
  /// - Throws: 400 for several keys, and for a key that is empty, too long, or not of visible ASCII.
  package init?(_ request: Request, coversBody: Bool = true) throws(Problem) {
    let fields = request.headers.values(of: Self.fieldName)
    guard let field = fields.first else { return nil }
    // The draft writes a quoted string, and most clients write the bare text.
    let quote = UInt8(ascii: "\"")
    let bytes = field.utf8[...]
    let isQuoted = bytes.count >= 2 && bytes.first == quote && bytes.last == quote
    let text = isQuoted ? String(Substring(bytes.dropFirst().dropLast())) : field
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
    guard fields.count == 1, isPlain, (1...Self.maximumBytes).contains(text.utf8.count) else {
      throw .invalidParameter(
        Self.fieldName, "must be one key of 1 to \(Self.maximumBytes) visible ASCII characters")
    }
    self.text = text
    fingerprint = SHA256.hex(
      Array("\(request.method) \(request.target)\n".utf8) + (coversBody ? request.body : []))
  }

  /// What an earlier request with the same key has led to; nil where there was none.
  ///
  /// Two equal requests at once: the caller holds a lock under which the owner's requests run one after the other; or
  /// ``store(in:of:resource:at:_:)`` refuses the second one as a violation of the unique key, and the caller looks again.
  /// - Parameter find: Reads what was created by its id; nil where it was removed since.
  package func earlier<Keys: IdempotencyTable, Item: Sendable>(
    in table: Keys.Type, of ownerID: Int64, at now: Timestamp, _ transaction: Transaction,
    find: (Int64, Transaction) async throws(DatabaseError) -> Item?
  ) async throws(DatabaseError) -> Creation<Item>? {
    let mine = \Keys.ownerID == ownerID && \Keys.key == text
    let known = try await transaction.first(
      Keys.select(\.id, \.fingerprint, \.resourceID, \.createdAt).where(mine)
    ) { ($0, $1, $2, $3) }
    guard let (id, fingerprint, resourceID, createdAt) = known else { return nil }
    if createdAt < now.adding(seconds: -Self.keptSeconds) {
      try await transaction.run(Keys.delete().where(\.id == id))
      return nil
    }
    guard fingerprint == self.fingerprint else { return .keyReused }
    guard let item = try await find(resourceID, transaction) else { return .removed }
    return .repeated(item)
  }

  /// Removes the oldest keys of an owner that are older than a day, ``sweptKeys`` at most. Without a lock of the owner it must
  /// not be a part of a larger transaction, in which it would hold locks that two of them take in another order.
  package static func sweep<Keys: IdempotencyTable>(
    _ table: Keys.Type, of ownerID: Int64, at now: Timestamp, _ runner: some StatementRunner
  ) async throws(DatabaseError) {
    let ids = try await runner.all(expired(table, of: ownerID, at: now), as: { $0 })
    guard !ids.isEmpty else { return }
    try await runner.run(Keys.delete().where(.in(\.id, ids.padded)))
  }

  /// The keys that ``sweep(_:of:at:_:)`` removes. The order is that of an index, so that no other key is read.
  package static func expired<Keys: IdempotencyTable>(
    _ table: Keys.Type, of ownerID: Int64, at now: Timestamp
  ) -> Select<Keys, Int64> {
    let oldest = now.adding(seconds: -keptSeconds)
    return Keys.select(\.id).where(\.ownerID == ownerID && \.createdAt < oldest)
      .orderBy(\.createdAt).limit(stated: sweptKeys)
  }

  /// Remembers what the request created.
  package func store<Keys: IdempotencyTable>(
    in table: Keys.Type, of ownerID: Int64, resource: Int64, at now: Timestamp, _ transaction: Transaction
  ) async throws(DatabaseError) {
    try await transaction.gather(
      Keys.insert(
        \.ownerID <- ownerID, \.key <- text, \.fingerprint <- fingerprint, \.resourceID <- resource,
        \.createdAt <- now))
  }
}

/// The table in which a service keeps the keys of its own requests.
package protocol IdempotencyTable: Table {
  var id: Column<Self, Int64> { get }
  var ownerID: Column<Self, Int64> { get }
  var key: Column<Self, String> { get }
  var fingerprint: Column<Self, String> { get }
  var resourceID: Column<Self, Int64> { get }
  var createdAt: Column<Self, Timestamp> { get }
}

extension Problem {
  /// 422: the key belongs to another request.
  package static var idempotencyKeyReused: Problem {
    .unprocessable(
      "another request has used this \(IdempotencyKey.fieldName): send a new key with it",
      code: .idempotencyKeyReused)
  }

  /// 409: there is nothing to answer with.
  package static var idempotentResultRemoved: Problem {
    .conflict(
      "what the first request with this \(IdempotencyKey.fieldName) created was removed since",
      code: .resultRemoved)
  }
}
