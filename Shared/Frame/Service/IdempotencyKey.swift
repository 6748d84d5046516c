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

  let text: String
  /// The digest of the request.
  let fingerprint: String

  /// Reads the key of a request; nil where it has none.
  /// - Throws: 400 for several keys, and for a key that is empty, too long, or not of visible ASCII.
  package init?(_ request: Request) throws(Problem) {
    let fields = request.headers.values(of: Self.fieldName)
    guard let field = fields.first else { return nil }
    // The draft writes a quoted string, and most clients write the bare text.
    let isQuoted = field.count >= 2 && field.hasPrefix("\"") && field.hasSuffix("\"")
    let text = isQuoted ? String(field.dropFirst().dropLast()) : String(field)
    let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") }
    guard fields.count == 1, isPlain, (1...Self.maximumBytes).contains(text.utf8.count) else {
      throw .badRequest(
        "\(Self.fieldName) must be one key of 1 to \(Self.maximumBytes) visible ASCII characters")
    }
    self.text = text
    fingerprint = SHA256.hex(Array("\(request.method) \(request.target)\n".utf8) + request.body)
  }

  /// What an earlier request with the same key did.
  package enum Earlier: Sendable, Hashable {
    case nothing
    /// The same request created the resource with this id.
    case created(Int64)
    /// Another request used the key.
    case another
  }

  /// Looks the key up. The caller holds a lock under which the owner's requests run one after the other; without it,
  /// ``store(in:of:resource:at:_:)`` refuses the second one as a violation of the unique key.
  package func earlier<Keys: IdempotencyTable>(
    in table: Keys.Type, of ownerID: Int64, at now: Timestamp, _ transaction: Transaction
  ) async throws(DatabaseError) -> Earlier {
    let oldest = now.adding(seconds: -Self.keptSeconds)
    try await transaction.run(Keys.delete().where(\.ownerID == ownerID && \.createdAt < oldest))
    let mine = \Keys.ownerID == ownerID && \Keys.key == text
    let known = try await transaction.first(Keys.select(\.fingerprint, \.resourceID).where(mine)) { ($0, $1) }
    guard let (fingerprint, resourceID) = known else { return .nothing }
    return fingerprint == self.fingerprint ? .created(resourceID) : .another
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
  var ownerID: Column<Self, Int64> { get }
  var key: Column<Self, String> { get }
  var fingerprint: Column<Self, String> { get }
  var resourceID: Column<Self, Int64> { get }
  var createdAt: Column<Self, Timestamp> { get }
}

extension Problem {
  /// 422: the key belongs to another request.
  package static var idempotencyKeyReused: Problem {
    .unprocessable("another request has used this \(IdempotencyKey.fieldName): send a new key with it")
  }

  /// 409: there is nothing to answer with.
  package static var idempotentResultRemoved: Problem {
    .conflict("what the first request with this \(IdempotencyKey.fieldName) created was removed since")
  }
}
