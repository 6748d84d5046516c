import DataAccess
import JSON
import Schema
import Service

/// The settings table: one row for a user and a name, with a version that every write raises.
struct SettingRepository: Sendable {
  /// How many settings one user may keep.
  static let maximumPerUser = 200

  let database: Database
  let events: EventLog

  func settings(of userID: Int64) async throws(DatabaseError) -> [Setting] {
    try await database.all(
      Settings.select(\.name, \.value, \.version, \.updatedAt).where(\.userID == userID)
        .orderBy(\.name).limit(Self.maximumPerUser),
      as: Self.setting)
  }

  func setting(_ name: String, of userID: Int64) async throws(DatabaseError) -> Setting? {
    try await database.first(select(name, of: userID), as: Self.setting)
  }

  /// How a write ended.
  enum Outcome: Sendable {
    case created(Setting), replaced(Setting), removed
    case preconditionFailed(currentVersion: Int?)
    case limitReached
    case absent
  }

  /// Stores a value where the precondition holds on the row as it is inside the transaction.
  func put(
    _ name: String, of userID: Int64, value: JSONText, if precondition: Precondition, at now: Timestamp
  ) async throws(DatabaseError) -> Outcome {
    try await database.transaction { transaction throws(DatabaseError) in
      let current = try await transaction.first(
        select(name, of: userID).forUpdate(), as: Self.setting)
      guard precondition.allows(current?.version) else {
        return .preconditionFailed(currentVersion: current?.version)
      }
      if current == nil {
        let kept = try await transaction.count(Settings.count().where(\.userID == userID))
        guard kept < Self.maximumPerUser else { return .limitReached }
      }
      let version = (current?.version ?? 0) + 1
      if current == nil {
        try await transaction.run(
          Settings.insert(
            \.userID <- userID, \.name <- name, \.value <- value, \.version <- version, \.updatedAt <- now))
      } else {
        try await transaction.run(
          Settings.update(\.value <- value, \.version <- version, \.updatedAt <- now)
            .where(\.userID == userID && \.name == name))
      }
      try await events.append(
        "setting.changed", subject: .id(userID), payload: ["name": .string(name)], at: now, in: transaction)
      let setting = Self.setting(name: name, value: value, version: version, updatedAt: now)
      return current == nil ? .created(setting) : .replaced(setting)
    }
  }

  func remove(
    _ name: String, of userID: Int64, if precondition: Precondition, at now: Timestamp
  ) async throws(DatabaseError) -> Outcome {
    try await database.transaction { transaction throws(DatabaseError) in
      let current = try await transaction.first(select(name, of: userID).forUpdate(), as: Self.setting)
      guard precondition.allows(current?.version) else {
        return .preconditionFailed(currentVersion: current?.version)
      }
      guard current != nil else { return .absent }
      try await transaction.run(Settings.delete().where(\.userID == userID && \.name == name))
      try await events.append(
        "setting.removed", subject: .id(userID), payload: ["name": .string(name)], at: now, in: transaction)
      return .removed
    }
  }

  private func select(
    _ name: String, of userID: Int64
  ) -> Select<Settings, String, JSONText, Int, Timestamp> {
    Settings.select(\.name, \.value, \.version, \.updatedAt).where(\.userID == userID && \.name == name)
  }

  @Sendable private static func setting(
    name: String, value: JSONText, version: Int, updatedAt: Timestamp
  ) -> Setting {
    Setting(name: name, value: JSONValue(stored: value), version: version, updatedAt: updatedAt)
  }
}
