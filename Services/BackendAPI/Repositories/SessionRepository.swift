import DataAccess
import Routing
import Schema
import Service

/// The sessions table: which tokens were given out, and which of them still count.
struct SessionRepository: Sendable {
  let database: Database
  let events: EventLog

  /// Opens a session. The token bears the session's id, so its digest can be stored only once the id is known:
  /// `placeholder` (random, as unique as a digest) stands in for it inside the transaction.
  ///
  /// The credentials were checked some time ago. The user's row is locked and must still say the same, or else a
  /// password or role that changes at this moment would leave behind a session of before; `nil` where it does not.
  func open(
    for credentials: Credentials, placeholder: String, from now: Timestamp, until expiry: Timestamp,
    makeToken: @Sendable (_ sessionID: Int64, _ role: String) throws(DatabaseError) -> IssuedToken
  ) async throws(DatabaseError) -> (session: Session, token: String, user: User)? {
    try await database.transaction { transaction throws(DatabaseError) in
      let found = try await transaction.first(
        Users.select(\.id, \.email, \.active, \.role, \.confirmedAt, \.createdAt, \.updatedAt)
          .where(
            \.id == credentials.userID && \.password == credentials.passwordHash && \.active == true
          ).forUpdate(),
        as: User.init)
      guard let user = found else { return nil }
      let id = try await transaction.insert(
        Sessions.insert(
          \.userID <- user.id, \.tokenHash <- placeholder, \.createdAt <- now, \.expiresAt <- expiry),
        returning: \.id)
      let issued = try makeToken(id, user.role)
      try await transaction.run(Sessions.update(\.tokenHash <- issued.digest).where(\.id == id))
      try await events.append("session.created", subject: .id(user.id), at: now, in: transaction)
      let session = Session(id: id, userID: user.id, createdAt: now, expiresAt: expiry)
      return (session, issued.token, user)
    }
  }

  func session(id: Int64) async throws(DatabaseError) -> Session? {
    try await database.first(
      Sessions.select(\.id, \.userID, \.createdAt, \.expiresAt).where(\.id == id && \.revokedAt.isNull),
      as: Session.init)
  }

  /// Whether the token's session was signed out, or is not there.
  ///
  /// A database that was made anew, or put back to an earlier day, gives the same ids again. So the session must also
  /// be of the same person and end at the same second as the token says.
  func isRevoked(_ principal: Principal) async throws(DatabaseError) -> Bool {
    let isOpen = try await database.first(
      Sessions.select(\.userID, \.expiresAt, \.revokedAt).where(\.id == principal.sessionID)
    ) { userID, expiresAt, revokedAt in
      revokedAt == nil && userID == principal.userID && expiresAt.secondsSinceEpoch == principal.expiresAt
    }
    return isOpen != true
  }

  /// Signs the session out; a session that is out already stays so.
  func revoke(id: Int64, userID: Int64, at now: Timestamp) async throws(DatabaseError) {
    try await database.transaction { transaction throws(DatabaseError) in
      let changed = try await transaction.run(
        Sessions.update(\.revokedAt <- now).where(\.id == id && \.revokedAt.isNull))
      guard changed == 1 else { return }
      try await events.append("session.revoked", subject: .id(userID), at: now, in: transaction)
    }
  }
}

/// A token and the digest under which its session is stored: the table never holds what could be replayed.
struct IssuedToken: Sendable {
  let token: String
  let digest: String
}
