import DataAccess
import Identity
import Routing
import Schema
import Service

/// The sessions table: who is signed in, and with which refresh token the session goes on.
struct SessionRepository: RevocationCheck {
  /// The open sessions of a user. It is below the ended sessions of a user that the other services remember, so that a user
  /// who signs in again and again keeps the newest ones there.
  static let maximumOpen = 50
  /// The sessions that one sign-in ends at most, of a user with more than the limit from before it. It bounds the
  /// transaction; the next sign-ins end the rest.
  private static let maximumEnded = 64

  let database: Database
  let events: EventLog
  private let state = Sessions.select(\.tokenHash, \.revokedAt)
  private let withUser = Sessions.join(Users.self, on: \.userID, \.id).select(
    .left(\.id), .left(\.tokenHash), .left(\.createdAt), .left(\.expiresAt), .right(\.id), .right(\.email),
    .right(\.active), .right(\.role), .right(\.confirmedAt), .right(\.createdAt), .right(\.updatedAt))

  /// Opens a session; `nil` when the credentials have changed since they were checked. Beyond ``maximumOpen`` it ends the
  /// oldest one.
  ///
  /// The transaction locks the user's row and compares the credentials again. Otherwise a concurrent change of password
  /// or role would leave a session of the old one behind.
  func open(
    for credentials: Credentials, userAgent: String?, by author: EventAuthor, lifetimes: SessionLifetimes,
    at now: Timestamp
  ) async throws(DatabaseError) -> LiveSession? {
    let token = RefreshToken()
    return try await database.transaction { transaction throws(DatabaseError) in
      let found = try await transaction.first(
        SessionUser.columns.where(
          \.id == credentials.userID && \.password == credentials.passwordHash && \.active == true
        ).forUpdate(), as: SessionUser.init)
      guard let found else { return nil }
      let installation = try await transaction.installationName()
      try await endOldest(of: found.user.id, by: author.acting(as: found.user.id), at: now, in: transaction)
      let end = lifetimes.end(ofSessionFrom: now, refreshedAt: now)
      let id = try await transaction.insert(
        Sessions.insert(
          \.userID <- found.user.id, \.tokenHash <- token.sessionHash, \.createdAt <- now, \.expiresAt <- end,
          \.refreshHash <- token.hash, \.refreshedAt <- now, \.userAgent <- userAgent),
        returning: \.id)
      try await events.append(
        "session.created", subject: .id(found.user.id), by: author.acting(as: found.user.id),
        payload: SessionEvents.payload(session: id), object: "session/\(id)", at: now, in: transaction)
      return found.session(id, token, until: end, in: installation)
    }
  }

  /// Makes room for one more session.
  ///
  /// The user's row is locked, so no other sign-in counts at the same time. Sessions are locked after their user, as by
  /// every change of a user. One that another request ends meanwhile has its event from there.
  private func endOldest(
    of userID: Int64, by author: EventAuthor, at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    let open = Sessions.select(\.id).where(\.userID == userID && \.revokedAt.isNull && \.expiresAt > now)
    let kept = try await transaction.all(
      open.orderBy(\.id, .descending).limit(stated: Self.maximumOpen - 1), as: { $0 })
    guard kept.count == Self.maximumOpen - 1, let oldestKept = kept.last else { return }
    let ended = try await transaction.all(
      open.where(\.id < oldestKept).orderBy(\.id).limit(stated: Self.maximumEnded), as: { $0 })
    for id in ended {
      let changed = try await transaction.run(
        Sessions.update(\.revokedAt <- now).where(\.id == id && \.revokedAt.isNull))
      guard changed == 1 else { continue }
      let payload = SessionEvents.payload(session: id).merging(["reason": "too_many_sessions"]) { $1 }
      try await events.append(
        SessionEvents.sessionRevoked, subject: .id(userID), by: author, payload: payload,
        object: "session/\(id)", at: now, in: transaction)
    }
  }

  /// A session that is not signed out, with its user.
  func session(id: Int64) async throws(DatabaseError) -> Session? { try await openSession(id)?.session }

  private func openSession(_ id: Int64) async throws(DatabaseError) -> (hash: String, session: Session)? {
    try await database.first(withUser.where(left: \.id == id && \.revokedAt.isNull)) {
      id, hash, createdAt, expiresAt, userID, email, active, role, confirmedAt, userCreatedAt, updatedAt in
      let user = User(
        id: userID, email: email, active: active, role: role, confirmedAt: confirmedAt,
        createdAt: userCreatedAt, updatedAt: updatedAt)
      let session = Session(id: id, userID: userID, createdAt: createdAt, expiresAt: expiresAt, user: user)
      return (hash, session)
    }
  }

  /// The sessions of a user that are neither signed out nor expired.
  func openSessions(
    of userID: Int64, seenFrom current: Int64, at now: Timestamp, after cursor: PageKey?, limit: Int
  ) async throws(DatabaseError) -> Page<OpenSession> {
    let open = Sessions.select(\.id, \.createdAt, \.expiresAt, \.refreshedAt, \.userAgent)
      .where(\.userID == userID && \.revokedAt.isNull && \.expiresAt > now)
    return try await database.page(open, after: cursor, limit: limit) {
      id, createdAt, expiresAt, refreshedAt, userAgent in
      OpenSession(
        id: id, createdAt: createdAt, refreshedAt: refreshedAt ?? createdAt, expiresAt: expiresAt,
        userAgent: userAgent, isCurrent: id == current)
    }
  }

  /// Whether the token's session was signed out or does not exist.
  ///
  /// A database that was set up again or restored assigns the same ids again. The session must therefore be that of
  /// this very token.
  func isRevoked(_ principal: Principal) async throws(DatabaseError) -> Bool {
    let isOpen = try await database.first(state.where(\.id == principal.sessionID)) { hash, revokedAt in
      revokedAt == nil && Self.belongs(principal.token, toSessionHash: hash)
    }
    return isOpen != true
  }

  /// As ``isRevoked(_:)``, with the caller's ``Session`` as the record.
  ///
  /// A value that this program cannot represent hurts its own row alone. A caller with such a row has no record, and the
  /// handler's own read reports the row where the handler needs it.
  func session(of principal: Principal) async throws(DatabaseError) -> CheckedSession {
    do throws(DatabaseError) {
      guard let found = try await openSession(principal.sessionID),
        Self.belongs(principal.token, toSessionHash: found.hash)
      else { return .hasEnded }
      return .goesOn(callerRecord: found.session)
    } catch {
      guard error.kind == .decoding else { throw error }
      return try await isRevoked(principal) ? .hasEnded : .goesOn(callerRecord: nil)
    }
  }

  /// Whether the session with this hash is that of the token, and no other with its id.
  static func belongs(_ token: TokenTraits, toSessionHash hash: String) -> Bool {
    guard let session = token.binding.session else { return hash == token.digest }
    return session == SessionMark.claim(ofSessionHash: hash)
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
        payload: SessionEvents.payload(session: id), object: "session/\(id)", at: now, in: transaction)
      return true
    }
  }
}

/// A user, and the state of the account that tokens are for.
struct SessionUser: Sendable {
  static var columns: Select<Users, Int64, String, Bool, String, Timestamp?, Timestamp, Timestamp, String> {
    Users.select(
      \.id, \.email, \.active, \.role, \.confirmedAt, \.createdAt, \.updatedAt, \.fsUniquifier)
  }

  let user: User
  let epoch: String

  init(
    id: Int64, email: String, active: Bool, role: String, confirmedAt: Timestamp?, createdAt: Timestamp,
    updatedAt: Timestamp, uniquifier: String
  ) {
    user = User(
      id: id, email: email, active: active, role: role, confirmedAt: confirmedAt, createdAt: createdAt,
      updatedAt: updatedAt)
    epoch = TokenEpoch.of(uniquifier: uniquifier)
  }

  func session(
    _ id: Int64, _ token: RefreshToken, until end: Timestamp, in installation: String
  ) -> LiveSession {
    let mark = SessionMark.claim(ofSessionHash: token.sessionHash)
    return LiveSession(
      id: id, expiresAt: end, user: user,
      binding: TokenBinding(installation: installation, epoch: epoch, session: mark), refreshToken: token)
  }
}
