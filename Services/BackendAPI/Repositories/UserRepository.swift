import DataAccess
import Identity
import JSON
import Routing
import Schema
import Service

extension BackendIdempotencyKeys: IdempotencyTable {}

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
    after cursor: PageKey?, limit: Int, by order: UserOrder = .id, filter: UserFilter = UserFilter()
  ) async throws(DatabaseError) -> Page<User> {
    var select = columns
    if let email = filter.email { select = select.where(\.email == email) }
    if let active = filter.active { select = select.where(\.active == active) }
    if let role = filter.role { select = select.where(\.role == role.rawValue) }
    return try await database.page(
      select, after: cursor, limit: limit, order: order.pageOrder, as: User.init)
  }

  /// Stores a member and its event in one transaction, once for each key.
  func create(
    email: String, passwordHash: String, key: IdempotencyKey? = nil, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Creation<User> {
    guard let key else {
      return try await insert(email: email, passwordHash: passwordHash, key: nil, by: author, at: now)
    }
    let keys = BackendIdempotencyKeys.self
    try await IdempotencyKey.sweep(keys, of: IdempotencyKey.anyone, at: now, database)
    do throws(DatabaseError) {
      let first = try await insert(
        email: email, passwordHash: passwordHash, key: key, by: author, at: now)
      guard case .taken = first else { return first }
    } catch {
      guard error.isUniqueViolation else { throw error }
    }
    // Sign-ups have no lock in common. Where an equal request was faster, its key can be read by now.
    return try await insert(email: email, passwordHash: passwordHash, key: key, by: author, at: now)
  }

  private func insert(
    email: String, passwordHash: String, key: IdempotencyKey?, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> Creation<User> {
    let (keys, anyone) = (BackendIdempotencyKeys.self, IdempotencyKey.anyone)
    let uniquifier = TokenEpoch.uniquifier(atMicroseconds: now.microsecondsSinceEpoch)
    return try await database.transaction { transaction throws(DatabaseError) in
      let earlier = try await key?.earlier(in: keys, of: anyone, at: now, transaction) {
        id, transaction throws(DatabaseError) in
        try await transaction.first(columns.where(\.id == id), as: User.init)
      }
      if let earlier { return earlier }
      let created = try await transaction.insert(
        Users.insert(
          \.email <- email, \.password <- passwordHash, \.active <- true, \.fsUniquifier <- uniquifier,
          \.role <- Role.member.rawValue, \.createdAt <- now, \.updatedAt <- now),
        returning: \.id, unlessConflictOf: \.email)
      guard let id = created else { return .taken }
      try await key?.store(in: keys, of: anyone, resource: id, at: now, transaction)
      try await events.append(
        SessionEvents.userCreated, subject: .id(id), by: author,
        payload: SessionEvents.payload(epoch: TokenEpoch.of(uniquifier: uniquifier)), at: now, in: transaction
      )
      return .created(
        User(
          id: id, email: email, active: true, role: Role.member.rawValue, confirmedAt: nil, createdAt: now,
          updatedAt: now))
    }
  }

  /// Applies the changes of a caller who may still make them, if the user's state meets the precondition, and returns the
  /// new state. When the changes end the user's sessions, the account has another uniquifier. The tokens carry its epoch,
  /// and the event says so to the services that only verify them.
  /// - Parameter then: What belongs to the change, in its transaction. It runs after the change, which may end the
  ///   caller's own session.
  func update(
    id: Int64, _ changes: UserChanges, if precondition: Precondition = .none, provenBy proof: CallerProof,
    by author: EventAuthor, at now: Timestamp,
    then: (Transaction) async throws(DatabaseError) -> Void = { _ in }
  ) async throws(DatabaseError) -> Result<Change<User>, Problem> {
    try await database.transaction { transaction throws(DatabaseError) in
      let refusal = try await proof.refusal(
        changing: id, asOperator: changes.needOperator, in: transaction)
      if let refusal { return .failure(refusal) }
      let change = try await change(id, changes, if: precondition, by: author, at: now, in: transaction)
      if case .made = change { try await then(transaction) }
      return .success(change)
    }
  }

  private func change(
    _ id: Int64, _ changes: UserChanges, if precondition: Precondition, by author: EventAuthor,
    at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) -> Change<User> {
    if precondition.isPresent || changes.isEmpty {
      let row = columns.where(\.id == id).forUpdate()
      guard let user = try await transaction.first(row, as: User.init) else { return .absent }
      guard precondition.allows(EntityTag.of(user)) else { return .outdated }
      if changes.isEmpty { return .made(user) }
    }
    let changed = try await update(id: id, changes, by: author, at: now, in: transaction)
    return changed.map(Change.made) ?? .absent
  }

  /// The changes as a part of a transaction that has another proof than a session, such as a token from the mail.
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

  /// Removes a user with all data of backend-api for a caller who may still do so, if the user's state meets the
  /// precondition.
  ///
  /// The proof locks the user's row first, as a sign-in and every change of a user do, so that two of them never wait in a
  /// circle.
  func delete(
    id: Int64, if precondition: Precondition = .none, provenBy proof: CallerProof, by author: EventAuthor,
    at now: Timestamp
  ) async throws(DatabaseError) -> Result<Change<Void>, Problem> {
    try await database.transaction { transaction throws(DatabaseError) in
      let refusal = try await proof.refusal(changing: id, in: transaction)
      if let refusal { return .failure(refusal) }
      let removal = try await transaction.change(
        columns.where(\.id == id), if: precondition, as: User.init
      ) { () throws(DatabaseError) in
        try await delete(id: id, by: author, at: now, in: transaction).made
      }
      return .success(removal)
    }
  }

  /// The removal as a part of a transaction.
  func delete(
    id: Int64, by author: EventAuthor, at now: Timestamp, in transaction: Transaction
  ) async throws(DatabaseError) -> Change<Void> {
    try await transaction.run(Settings.delete().where(\.userID == id))
    try await transaction.run(Sessions.delete().where(\.userID == id))
    try await transaction.run(UserTokens.delete().where(\.userID == id))
    guard try await transaction.run(Users.delete().where(\.id == id)) == 1 else { return .absent }
    try await events.append(
      SessionEvents.userDeleted, subject: .id(id), by: author, at: now, in: transaction)
    return .made(())
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
    case .newest: .identity(.descending)
    }
  }
}
