import Cryptography
import DataAccess
import JSON
import Schema
import Service

/// The user_tokens table: tokens that were sent to an address. A user has at most one for each purpose; the next one
/// replaces it.
struct UserTokenRepository: Sendable {
  let database: Database
  let users: UserRepository
  let events: EventLog

  /// A token that was found, and its user as of then.
  struct Found: Sendable {
    let id: Int64
    let hash: String
    let purpose: UserTokenPurpose
    /// The address that the token was sent to.
    let email: String
    let user: User
  }

  /// Stores a token for an active user; false where there is none with this id.
  func store(
    _ token: String, for purpose: UserTokenPurpose, of userID: Int64, sentTo email: String,
    by author: EventAuthor, at now: Timestamp, until end: Timestamp
  ) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let user = Users.select(\.id).where(\.id == userID && \.active == true).forUpdate()
      guard try await transaction.first(user, as: { $0 }) != nil else { return false }
      try await transaction.run(
        UserTokens.insert(
          \.userID <- userID, \.purpose <- purpose.rawValue, \.tokenHash <- SHA256.hex(token),
          \.email <- email, \.createdAt <- now, \.expiresAt <- end
        ).updating(
          \.tokenHash, \.email, \.createdAt, \.expiresAt, onConflictOf: \.userID, \.purpose))
      try await events.append(
        "user.\(purpose.rawValue)_token_sent", subject: .id(userID), by: author,
        payload: ["fields": [.string(purpose.rawValue)]], at: now, in: transaction)
      return true
    }
  }

  /// A token that can be redeemed, of an active user.
  func find(
    _ token: String, for purpose: UserTokenPurpose, at now: Timestamp
  ) async throws(DatabaseError) -> Found? {
    let hash = SHA256.hex(token)
    let rows = UserTokens.select(\.id, \.userID, \.email).where(
      \.tokenHash == hash && \.purpose == purpose.rawValue && \.expiresAt > now)
    guard let row = try await database.first(rows, as: { (id: $0, userID: $1, email: $2) }),
      let user = try await users.user(id: row.userID), user.active
    else { return nil }
    return Found(id: row.id, hash: hash, purpose: purpose, email: row.email, user: user)
  }

  /// Redeems a token with the changes that it stands for, once; false where another request was faster, or where the
  /// user is gone.
  ///
  /// The user's row is locked first, as for every change of a user, so that two of them never wait in a circle.
  func redeem(
    _ token: Found, for changes: UserChanges, means: String, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Bool {
    let id = token.user.id
    return try await database.transaction { transaction throws(DatabaseError) in
      let user = Users.select(\.id).where(\.id == id && \.active == true).forUpdate()
      guard try await transaction.first(user, as: { $0 }) != nil else { return false }
      let removed = try await transaction.run(
        UserTokens.delete().where(
          \.id == token.id && \.tokenHash == token.hash && \.expiresAt > now))
      guard removed == 1 else { return false }
      return try await users.update(
        id: id, changes, by: author.acting(as: id), means: means, at: now, in: transaction) != nil
    }
  }
}
