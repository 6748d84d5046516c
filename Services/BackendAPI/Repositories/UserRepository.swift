import DataAccess
import Identity
import JSON
import Schema
import Service

/// The users table, with the queries of backend-api.
struct UserRepository: Sendable {
  let database: Database
  let events: EventLog
  private let secrets = Users.select(\.id, \.email, \.password, \.active)
  private let columns = Users.select(\.id, \.email, \.active, \.role, \.confirmedAt, \.createdAt, \.updatedAt)

  func user(id: Int64) async throws(DatabaseError) -> User? {
    try await database.first(columns.where(\.id == id), as: User.init)
  }

  func credentials(forEmail email: String) async throws(DatabaseError) -> Credentials? {
    try await database.first(secrets.where(\.email == email), as: Credentials.init)
  }

  func credentials(of id: Int64) async throws(DatabaseError) -> Credentials? {
    try await database.first(secrets.where(\.id == id), as: Credentials.init)
  }

  func users(
    after cursor: PageKey?, limit: Int, by order: UserOrder = .id
  ) async throws(DatabaseError) -> Page<User> {
    try await database.page(columns, after: cursor, limit: limit, order: order.pageOrder, as: User.init)
  }

  /// Stores a member and its event in one transaction; `nil` when an account has the address.
  func create(
    email: String, passwordHash: String, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> User? {
    let uniquifier = TokenEpoch.uniquifier(atMicroseconds: now.microsecondsSinceEpoch)
    return try await database.transaction { transaction throws(DatabaseError) in
      let created = try await transaction.insert(
        Users.insert(
          \.email <- email, \.password <- passwordHash, \.active <- true, \.fsUniquifier <- uniquifier,
          \.role <- Role.member.rawValue, \.createdAt <- now, \.updatedAt <- now),
        returning: \.id, unlessConflictOf: \.email)
      guard let id = created else { return nil }
      try await events.append(
        SessionEvents.userCreated, subject: .id(id), by: author,
        payload: SessionEvents.payload(epoch: TokenEpoch.of(uniquifier: uniquifier)), at: now, in: transaction
      )
      return User(
        id: id, email: email, active: true, role: Role.member.rawValue, confirmedAt: nil, createdAt: now,
        updatedAt: now)
    }
  }

  /// Applies the changes and returns the new state of the user; `nil` for an unknown user. When the changes end the
  /// user's sessions, the account has another uniquifier. The tokens carry its epoch, and the event says so to the
  /// services that only verify them.
  func update(
    id: Int64, _ changes: UserChanges, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> User? {
    try await database.transaction { transaction throws(DatabaseError) in
      try await update(id: id, changes, by: author, at: now, in: transaction)
    }
  }

  /// The same as a part of a transaction.
  /// - Parameter means: How the change came about, where that is not a request of a signed-in user.
  func update(
    id: Int64, _ changes: UserChanges, by author: EventAuthor, means: String? = nil, at now: Timestamp,
    in transaction: Transaction
  ) async throws(DatabaseError) -> User? {
    let row = columns.where(\.id == id).forUpdate()
    guard let user = try await transaction.first(row, as: User.init) else { return nil }
    var assignments = Self.assignments(changes, of: user, at: now)
    let fields = changes.fields(changing: user) + (changes.confirmsEmail ? ["confirmed_at"] : [])
    var payload: [String: JSONValue] = ["fields": .array(fields.map(JSONValue.string))]
    if let means { payload["means"] = .string(means) }
    if changes.endsSessions(of: user) {
      let old = try await transaction.first(Users.select(\.fsUniquifier).where(\.id == id), as: { $0 })
      let uniquifier = TokenEpoch.uniquifier(atMicroseconds: now.microsecondsSinceEpoch, after: old)
      assignments.append(\.fsUniquifier <- uniquifier)
      try await endSessions(of: id, at: now, in: transaction)
      payload.merge(SessionEvents.payload(epoch: TokenEpoch.of(uniquifier: uniquifier))) { $1 }
    }
    try await events.append(
      SessionEvents.userUpdated, subject: .id(id), by: author, payload: payload,
      action: means.map { "user.\($0)" }, at: now, in: transaction)
    return try await transaction.run(
      Users.update(assignments).where(\.id == id), returning: columns, as: User.init
    ).first
  }

  private static func assignments(
    _ changes: UserChanges, of user: User, at now: Timestamp
  ) -> [Assignment<Users>] {
    var assignments: [Assignment<Users>] = [\.updatedAt <- now]
    let isNewAddress = changes.email.map { $0 != user.email } ?? false
    if let email = changes.email, isNewAddress { assignments.append(\.email <- email) }
    if isNewAddress || changes.confirmsEmail {
      assignments.append(\.confirmedAt <- (changes.confirmsEmail ? now : nil))
    }
    if let passwordHash = changes.passwordHash { assignments.append(\.password <- passwordHash) }
    if let active = changes.active { assignments.append(\.active <- active) }
    if let role = changes.role { assignments.append(\.role <- role) }
    return assignments
  }

  /// Stores another hash of the same password, unless the password has changed since it was checked.
  func rehash(_ credentials: Credentials, to hash: String, at now: Timestamp) async throws(DatabaseError) {
    try await database.run(
      Users.update(\.password <- hash, \.updatedAt <- now)
        .where(\.id == credentials.userID && \.password == credentials.passwordHash))
  }

  /// Removes a user with all data of backend-api; false for an unknown user.
  func delete(id: Int64, by author: EventAuthor, at now: Timestamp) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      try await transaction.run(Settings.delete().where(\.userID == id))
      try await transaction.run(Sessions.delete().where(\.userID == id))
      try await transaction.run(UserTokens.delete().where(\.userID == id))
      guard try await transaction.run(Users.delete().where(\.id == id)) == 1 else { return false }
      try await events.append(
        SessionEvents.userDeleted, subject: .id(id), by: author, at: now, in: transaction)
      return true
    }
  }

  /// Ends what opens the account beside the password: the sessions, and tokens that were sent to an address.
  private func endSessions(
    of userID: Int64, at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) {
    try await transaction.run(UserTokens.delete().where(\.userID == userID))
    try await transaction.run(
      Sessions.update(\.revokedAt <- now).where(\.userID == userID && \.revokedAt.isNull))
  }
}

extension UserOrder {
  fileprivate var pageOrder: PageOrder<Users> {
    switch self {
    case .id: .identity()
    case .email: .by(\.email)
    }
  }
}
