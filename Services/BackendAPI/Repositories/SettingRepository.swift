import DataAccess
import JSON
import Routing
import Schema
import Service

/// The settings table: one row for each user and name, with a version that every write increments.
///
/// No version of a user's settings comes twice: a setting that is stored again begins behind the highest version of
/// those that were removed. An `If-Match` from before the removal then never fits.
struct SettingRepository: Sendable {
  /// The most settings of one user.
  static let maximumPerUser = 200

  let database: Database
  let events: EventLog
  private let columns = Settings.select(\.id, \.name, \.value, \.version, \.updatedAt)

  func settings(of userID: Int64) async throws(DatabaseError) -> [Setting] {
    try await database.all(
      columns.where(\.userID == userID).orderBy(\.name).limit(stated: Self.maximumPerUser),
      as: Self.row)
  }

  func setting(_ name: String, of userID: Int64) async throws(DatabaseError) -> Setting? {
    try await database.first(columns.where(\.userID == userID && \.name == name), as: Self.row)
  }

  /// The result of storing a value.
  enum PutOutcome: Sendable {
    case created(Setting), replaced(Setting)
    case preconditionFailed
    case limitReached
    /// The version is the largest that the column holds, and every write increments it.
    case versionExhausted
    /// The user was removed during the request.
    case ownerGone
    /// The caller's session has ended.
    case signedOut
  }

  /// The result of removing a value.
  enum RemoveOutcome: Sendable {
    case removed, preconditionFailed, absent
  }

  /// Stores a value if the row inside the transaction meets the precondition.
  ///
  /// It locks the user's row first, because a setting that does not exist yet cannot be locked. Two requests that
  /// create the same setting, or the last one within the limit, then run one after the other.
  /// - Parameter proof: The check of the caller's session; nil where it was made before. Its statement comes after the
  ///   lock: where the first plain read fixes what a transaction sees, the count below must see the writes before it.
  func put(
    _ name: String, of userID: Int64, value: JSONText, if precondition: Precondition,
    provenBy proof: SessionProof? = nil, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> PutOutcome {
    try await database.transaction { transaction throws(DatabaseError) in
      let owner = Users.select(\.removedSettingVersion).where(\.id == userID).forUpdate()
      let removed = try await transaction.gather(owner)
      let session = try await proof?.gather(in: transaction)
      let current = try await version(of: name, of: userID, in: transaction)
      if let proof, let session, !(try proof.check(await session.rows())) { return .signedOut }
      let owners = try await removed.rows()
      guard owners.rowCount > 0 else { return .ownerGone }
      guard precondition.allows(current.map(Setting.entityTag)) else { return .preconditionFailed }
      if current == nil {
        let kept = try await transaction.count(Settings.count().where(\.userID == userID))
        guard kept < Self.maximumPerUser else { return .limitReached }
      }
      let removedVersion = Int(try owners.integer(0, 0))
      let last = current ?? removedVersion
      guard last < Int(Int32.max) else { return .versionExhausted }
      try await events.append(
        "setting.changed", subject: .id(userID), by: author, payload: ["name": .string(name)],
        object: "setting/\(name)", at: now, in: transaction)
      try await transaction.gather(
        store(name, of: userID, value: value, version: last + 1, at: now, isNew: current == nil))
      let setting = try Self.setting(name, value, version: last + 1, updatedAt: now)
      return current == nil ? .created(setting) : .replaced(setting)
    }
  }

  /// The change that is sent with the commit. The transaction holds the lock, so the new version is known before.
  private func store(
    _ name: String, of userID: Int64, value: JSONText, version: Int, at now: Timestamp, isNew: Bool
  ) -> any Statement {
    guard !isNew else {
      return Settings.insert(
        \.userID <- userID, \.name <- name, \.value <- value, \.version <- version, \.updatedAt <- now)
    }
    return Settings.update(\.value <- value, \.version <- version, \.updatedAt <- now)
      .where(\.userID == userID && \.name == name)
  }

  func remove(
    _ name: String, of userID: Int64, if precondition: Precondition, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> RemoveOutcome {
    try await database.transaction { transaction throws(DatabaseError) in
      // First the user's row, as for a write: the two never wait for each other in a circle.
      let owner = Users.select(\.removedSettingVersion).where(\.id == userID).forUpdate()
      let highest = try await transaction.first(owner, as: { $0 }) ?? 0
      let current = try await version(of: name, of: userID, in: transaction)
      guard precondition.allows(current.map(Setting.entityTag)) else { return .preconditionFailed }
      guard let current else { return .absent }
      // The largest version has no successor. Removing it lets the user's versions begin again.
      let removed = current < Int(Int32.max) ? max(highest, current) : 0
      try await transaction.gather(
        Users.update(\.removedSettingVersion <- removed).where(\.id == userID))
      try await transaction.gather(Settings.delete().where(\.userID == userID && \.name == name))
      try await events.append(
        "setting.removed", subject: .id(userID), by: author, payload: ["name": .string(name)],
        object: "setting/\(name)", at: now, in: transaction)
      return .removed
    }
  }

  /// The version of a setting, whose row it locks. It leaves the value unread: a value that cannot be read can still be
  /// replaced and removed.
  private func version(
    of name: String, of userID: Int64, in transaction: Transaction
  ) async throws(DatabaseError) -> Int? {
    try await transaction.first(
      Settings.select(\.version).where(\.userID == userID && \.name == name).forUpdate(), as: { $0 })
  }

  private static func setting(
    _ name: String, _ value: JSONText, version: Int, updatedAt: Timestamp
  ) throws(DatabaseError) -> Setting {
    Setting(
      name: name, value: try JSONValue(stored: value, in: \Settings.value), version: version,
      updatedAt: updatedAt)
  }

  /// The id is read for the report of a row that cannot be read.
  @Sendable private static func row(
    id: Int64, name: String, value: JSONText, version: Int, updatedAt: Timestamp
  ) throws(DatabaseError) -> Setting {
    try setting(name, value, version: version, updatedAt: updatedAt)
  }
}
