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

  /// Stores a token for the active user who has the token's address; false where the user has it no more. A token that
  /// went to an address of before would give the account to the reader of its mail.
  func storeForOwnerOfAddress(
    _ token: MailedToken, by author: EventAuthor
  ) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let owner = Users.select(\.id).where(
        \.id == token.userID && \.email == token.address && \.active == true
      ).forUpdate()
      guard try await transaction.first(owner, as: { $0 }) != nil else { return false }
      try await store(token, by: author, in: transaction)
      return true
    }
  }

  /// Stores a token, as a part of a transaction that has locked its user's row and may send to the address.
  func store(
    _ token: MailedToken, by author: EventAuthor, in transaction: Transaction
  ) async throws(DatabaseError) {
    let purpose = token.purpose.rawValue
    try await transaction.run(
      UserTokens.insert(
        \.userID <- token.userID, \.purpose <- purpose, \.tokenHash <- SHA256.hex(token.text),
        \.email <- token.address, \.createdAt <- token.start, \.expiresAt <- token.end
      ).updating(
        \.tokenHash, \.email, \.createdAt, \.expiresAt, onConflictOf: \.userID, \.purpose))
    try await events.append(
      "user.\(purpose)_token_sent", subject: .id(token.userID), by: author,
      payload: ["fields": [.string(purpose)]], at: token.start, in: transaction)
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
