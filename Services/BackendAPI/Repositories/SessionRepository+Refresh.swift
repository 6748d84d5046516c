import Cryptography
import DataAccess
import Encoding
import JSON
import Schema
import Service

extension SessionRepository {
  private static let seedBytes = 32

  /// What a request with a refresh token leads to.
  enum Refreshed: Sendable {
    case refreshed(LiveSession)
    /// There is no such session, it has ended, or its user is gone.
    case refused
    /// The token was exchanged before. The session has ended by this request.
    case reused
  }

  private struct Row: Sendable {
    let id: Int64
    let userID: Int64
    let createdAt: Timestamp
    let expiresAt: Timestamp
    let revokedAt: Timestamp?
    let state: RefreshState

    init(
      id: Int64, userID: Int64, createdAt: Timestamp, expiresAt: Timestamp, revokedAt: Timestamp?,
      hash: String?,
      formerHash: String?, seed: String?, refreshedAt: Timestamp?
    ) {
      (self.id, self.userID, self.createdAt, self.expiresAt) = (id, userID, createdAt, expiresAt)
      self.revokedAt = revokedAt
      state = RefreshState(hash: hash, formerHash: formerHash, seed: seed, refreshedAt: refreshedAt)
    }
  }

  /// The user of the token's session, unless there is none or it has ended.
  ///
  /// It is a plain read, which takes no lock: anyone can send any text for a token, and only those that name a session may
  /// cost a transaction.
  func user(of token: RefreshToken, at now: Timestamp) async throws(DatabaseError) -> Int64? {
    let session = Sessions.select(\.userID, \.expiresAt, \.revokedAt).where(\.tokenHash == token.sessionHash)
    let found = try await database.first(session) { (user: $0, end: $1, revokedAt: $2) }
    guard let found, found.revokedAt == nil, found.end > now else { return nil }
    return found.user
  }

  /// Exchanges a refresh token for the next one. ``user(of:at:)`` comes before it.
  ///
  /// The session's row is locked first, so that of two requests at once the second one sees the exchange by the first.
  /// A change that ends the user's sessions needs the same lock: it comes before this, and then the session has ended,
  /// or after it, and then it ends the session with its new token.
  func refresh(
    _ token: RefreshToken, by author: EventAuthor, lifetimes: SessionLifetimes, at now: Timestamp
  ) async throws(DatabaseError) -> Refreshed {
    try await database.transaction { transaction throws(DatabaseError) in
      let locked = Sessions.select(
        \.id, \.userID, \.createdAt, \.expiresAt, \.revokedAt, \.refreshHash, \.formerRefreshHash,
        \.refreshSeed, \.refreshedAt
      ).where(\.tokenHash == token.sessionHash).forUpdate()
      guard let row = try await transaction.first(locked, as: Row.init), row.revokedAt == nil,
        row.expiresAt > now, row.state.hash != nil
      else { return .refused }
      switch Refreshing(token, in: row.state, at: now) {
      case .reuse:
        try await end(row, by: author, at: now, in: transaction)
        return .reused
      case .again(let seed):
        guard let seed = Hex.decode(seed) else { return .refused }
        let next = token.successor(seed: seed)
        return try await live(row, next, until: row.expiresAt, in: transaction)
      case .next:
        let seed = SecureRandom.bytes(Self.seedBytes)
        let next = token.successor(seed: seed)
        let end = lifetimes.end(ofSessionFrom: row.createdAt, refreshedAt: now)
        try await transaction.run(
          Sessions.update(
            \.refreshHash <- next.hash, \.formerRefreshHash <- token.hash, \.refreshSeed <- Hex.encode(seed),
            \.refreshedAt <- now, \.expiresAt <- end
          ).where(\.id == row.id))
        return try await live(row, next, until: end, in: transaction)
      }
    }
  }

  /// The session with what its user's account is like now: the role of a token is never older than the token.
  private func live(
    _ row: Row, _ token: RefreshToken, until end: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) -> Refreshed {
    let found = try await transaction.first(
      SessionUser.columns.where(\.id == row.userID && \.active == true), as: SessionUser.init)
    guard let found else { return .refused }
    let installation = try await transaction.installationName()
    return .refreshed(found.session(row.id, token, until: end, in: installation))
  }

  private func end(
    _ row: Row, by author: EventAuthor, at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    try await transaction.run(Sessions.update(\.revokedAt <- now).where(\.id == row.id))
    let payload = SessionEvents.payload(session: row.id).merging(["reason": "refresh_token_reused"]) { $1 }
    try await events.append(
      SessionEvents.sessionRevoked, subject: .id(row.userID), by: author, payload: payload,
      object: "session/\(row.id)", at: now, in: transaction)
  }
}
