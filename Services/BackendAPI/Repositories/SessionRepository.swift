import DataAccess
import Identity
import Routing
import Schema
import Service

/// The sessions table: which tokens were issued, and which of them are still valid.
struct SessionRepository: RevocationCheck {
  let database: Database
  let events: EventLog
  private let state = Sessions.select(\.tokenHash, \.revokedAt)
  private let withUser = Sessions.join(Users.self, on: \.userID, \.id).select(
    .left(\.id), .left(\.createdAt), .left(\.expiresAt), .left(\.userID), .right(\.email), .right(\.active),
    .right(\.role), .right(\.confirmedAt), .right(\.createdAt), .right(\.updatedAt))

  /// Opens a session; `nil` when the credentials have changed since they were checked.
  ///
  /// The token carries the session's id, so its digest is known only after the insert: `placeholder` (random, as unique
  /// as a digest) fills the column until then. The transaction locks the user's row and compares the credentials again.
  /// Otherwise a concurrent change of password or role would leave a session of the old one behind.
  func open(
    for credentials: Credentials, placeholder: String, by author: EventAuthor, from now: Timestamp,
    until expiry: Timestamp,
    makeToken:
      @Sendable (_ sessionID: Int64, _ role: String, TokenBinding) throws(DatabaseError) ->
      IssuedToken
  ) async throws(DatabaseError) -> (session: Session, token: String, user: User)? {
    try await database.transaction { transaction throws(DatabaseError) in
      let found = try await transaction.first(
        Users.select(
          \.id, \.email, \.active, \.role, \.confirmedAt, \.createdAt, \.updatedAt, \.fsUniquifier
        ).where(
          \.id == credentials.userID && \.password == credentials.passwordHash && \.active == true
        ).forUpdate()
      ) { id, email, active, role, confirmedAt, createdAt, updatedAt, uniquifier in
        (
          User(
            id: id, email: email, active: active, role: role, confirmedAt: confirmedAt, createdAt: createdAt,
            updatedAt: updatedAt),
          TokenEpoch.of(uniquifier: uniquifier)
        )
      }
      guard let (user, epoch) = found else { return nil }
      let binding = TokenBinding(installation: try await transaction.installationName(), epoch: epoch)
      let id = try await transaction.insert(
        Sessions.insert(
          \.userID <- user.id, \.tokenHash <- placeholder, \.createdAt <- now, \.expiresAt <- expiry),
        returning: \.id)
      let issued = try makeToken(id, user.role, binding)
      try await transaction.run(Sessions.update(\.tokenHash <- issued.digest).where(\.id == id))
      try await events.append(
        "session.created", subject: .id(user.id), by: author, payload: SessionEvents.payload(session: id),
        at: now, in: transaction)
      let session = Session(id: id, userID: user.id, createdAt: now, expiresAt: expiry, user: user)
      return (session, issued.token, user)
    }
  }

  /// A session that is not signed out, with its user.
  func session(id: Int64) async throws(DatabaseError) -> Session? {
    try await database.first(withUser.where(left: \.id == id && \.revokedAt == nil)) {
      id, createdAt, expiresAt, userID, email, active, role, confirmedAt, userCreatedAt, updatedAt in
      Session(
        id: id, userID: userID, createdAt: createdAt, expiresAt: expiresAt,
        user: User(
          id: userID, email: email, active: active, role: role, confirmedAt: confirmedAt,
          createdAt: userCreatedAt, updatedAt: updatedAt))
    }
  }

  /// The sessions of a user that are neither signed out nor expired.
  func openSessions(
    of userID: Int64, seenFrom current: Int64, at now: Timestamp, after cursor: PageKey?, limit: Int
  ) async throws(DatabaseError) -> Page<OpenSession> {
    let open = Sessions.select(\.id, \.createdAt, \.expiresAt)
      .where(\.userID == userID && \.revokedAt.isNull && \.expiresAt > now)
    return try await database.page(open, after: cursor, limit: limit) { id, createdAt, expiresAt in
      OpenSession(id: id, createdAt: createdAt, expiresAt: expiresAt, isCurrent: id == current)
    }
  }

  /// Whether the token's session was signed out or does not exist.
  ///
  /// A database that was set up again or restored assigns the same ids again. The session must therefore be that of
  /// this very token.
  func isRevoked(_ principal: Principal) async throws(DatabaseError) -> Bool {
    let isOpen = try await database.first(state.where(\.id == principal.sessionID)) { tokenHash, revokedAt in
      revokedAt == nil && tokenHash == principal.token.digest
    }
    return isOpen != true
  }

  /// Signs the user's session out; false for one that has ended, and for that of another user.
  @discardableResult
  func revoke(
    id: Int64, userID: Int64, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let changed = try await transaction.run(
        Sessions.update(\.revokedAt <- now)
          .where(\.id == id && \.userID == userID && \.revokedAt.isNull && \.expiresAt > now))
      guard changed == 1 else { return false }
      try await events.append(
        SessionEvents.sessionRevoked, subject: .id(userID), by: author,
        payload: SessionEvents.payload(session: id), at: now, in: transaction)
      return true
    }
  }
}

/// A token and the digest under which its session is stored: the table never holds a token that could be replayed.
struct IssuedToken: Sendable {
  let token: String
  let digest: String
}
