import DataAccess
import JSON
import Routing
import Schema
import Service

/// The settings table: one row for each user and name, with a version that every write increments.
struct SettingRepository: Sendable {
  /// The most settings of one user.
  static let maximumPerUser = 200

  let database: Database
  let events: EventLog
  private let columns = Settings.select(\.id, \.name, \.value, \.version, \.updatedAt)

  func settings(of userID: Int64) async throws(DatabaseError) -> [Setting] {
    try await database.all(
      columns.where(\.userID == userID).orderBy(\.name).limit(Self.maximumPerUser),
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
  }

  /// The result of removing a value.
  enum RemoveOutcome: Sendable {
    case removed, preconditionFailed, absent
  }

  /// Stores a value if the row inside the transaction meets the precondition.
  ///
  /// It locks the user's row first, because a setting that does not exist yet cannot be locked. Two requests that
  /// create the same setting, or the last one within the limit, then run one after the other.
  func put(
    _ name: String, of userID: Int64, value: JSONText, if precondition: Precondition, at now: Timestamp
  ) async throws(DatabaseError) -> PutOutcome {
    try await database.transaction { transaction throws(DatabaseError) in
      let owner = try await transaction.gather(Users.select(\.id).where(\.id == userID).forUpdate())
      let current = try await version(of: name, of: userID, in: transaction)
      guard try await owner.rows().rowCount > 0 else { return .ownerGone }
      guard precondition.allows(current.map(Setting.entityTag)) else { return .preconditionFailed }
      if current == nil {
        let kept = try await transaction.count(Settings.count().where(\.userID == userID))
        guard kept < Self.maximumPerUser else { return .limitReached }
      }
      if let current, current >= Int(Int32.max) { return .versionExhausted }
      try await events.append(
        "setting.changed", subject: .id(userID), payload: ["name": .string(name)], at: now, in: transaction)
      try await transaction.gather(store(name, of: userID, value: value, at: now, isNew: current == nil))
      let setting = try Self.setting(name, value, version: (current ?? 0) + 1, updatedAt: now)
      return current == nil ? .created(setting) : .replaced(setting)
    }
  }

  /// The change that is sent with the commit. The transaction holds the lock, so the new version is known before.
  private func store(
    _ name: String, of userID: Int64, value: JSONText, at now: Timestamp, isNew: Bool
  ) -> any Statement {
    guard !isNew else {
      return Settings.insert(
        \.userID <- userID, \.name <- name, \.value <- value, \.version <- 1, \.updatedAt <- now)
    }
    return Settings.update(\.value <- value, .increment(\.version), \.updatedAt <- now)
      .where(\.userID == userID && \.name == name)
  }

  func remove(
    _ name: String, of userID: Int64, if precondition: Precondition, at now: Timestamp
  ) async throws(DatabaseError) -> RemoveOutcome {
    try await database.transaction { transaction throws(DatabaseError) in
      let current = try await version(of: name, of: userID, in: transaction)
      guard precondition.allows(current.map(Setting.entityTag)) else { return .preconditionFailed }
      guard current != nil else { return .absent }
      try await transaction.gather(Settings.delete().where(\.userID == userID && \.name == name))
      try await events.append(
        "setting.removed", subject: .id(userID), payload: ["name": .string(name)], at: now, in: transaction)
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
