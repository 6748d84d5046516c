import DataAccess
import JSON
import Schema
import Service

/// The rows of platform_integrations that belong to one platform.
///
/// The statements do not ask for the platform when they read: the database shows this account no other rows. They
/// name it when they write, for a row must say whose it is, and the database refuses any other name.
struct ChannelRepository: Sendable {
  let database: Database
  let events: EventLog
  let platform: Platform

  func channels(after cursor: Int64?, limit: Int) async throws(DatabaseError) -> Page<Channel> {
    try await database.page(columns, after: cursor, limit: limit, as: Self.channel)
  }

  func channel(externalID: String) async throws(DatabaseError) -> Channel? {
    try await database.first(columns.where(\.externalID == externalID), as: Self.channel)
  }

  /// Stores the channel under its id at the platform; says whether it is new.
  func put(
    externalID: String, channel: String, settings: JSONText, at now: Timestamp
  ) async throws(DatabaseError) -> (channel: Channel, isNew: Bool) {
    do throws(DatabaseError) {
      return try await store(externalID: externalID, channel: channel, settings: settings, at: now)
    } catch {
      guard error.isUniqueViolation else { throw error }
      // Another request made the row at the same moment; now it is there, and this one changes it.
      return try await store(externalID: externalID, channel: channel, settings: settings, at: now)
    }
  }

  /// The row is read back by its unique key, because an engine that keeps rows apart through a view tells no id.
  private func store(
    externalID: String, channel: String, settings: JSONText, at now: Timestamp
  ) async throws(DatabaseError) -> (channel: Channel, isNew: Bool) {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \PlatformIntegrations.externalID == externalID
      let isNew = try await transaction.first(columns.where(row), as: Self.channel) == nil
      if isNew {
        try await transaction.run(
          PlatformIntegrations.insert(
            \.platform <- platform.rawValue, \.channel <- channel, \.externalID <- externalID,
            \.settings <- settings, \.updatedAt <- now))
      } else {
        try await transaction.run(
          PlatformIntegrations.update(\.channel <- channel, \.settings <- settings, \.updatedAt <- now).where(
            row))
      }
      try await events.append("channel.stored", subject: .name(externalID), at: now, in: transaction)
      let stored = try await transaction.first(columns.where(row), as: Self.channel)
      guard let stored else { throw DatabaseError(decoding: "a channel that was just stored cannot be read") }
      return (stored, isNew)
    }
  }

  func delete(externalID: String, at now: Timestamp) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \PlatformIntegrations.externalID == externalID
      guard try await transaction.first(columns.where(row), as: Self.channel) != nil else { return false }
      try await transaction.run(PlatformIntegrations.delete().where(row))
      try await events.append(
        "channel.removed", subject: .name(externalID), at: now, in: transaction)
      return true
    }
  }

  /// Records what the platform told; false where the channel is not one of ours.
  func record(
    type: String, externalID: String, data: [String: JSONValue], at now: Timestamp
  ) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \PlatformIntegrations.externalID == externalID
      guard try await transaction.first(columns.where(row), as: Self.channel) != nil else { return false }
      try await events.append(
        "\(platform.rawValue).\(type)", subject: .name(externalID), payload: data, at: now,
        in: transaction)
      return true
    }
  }

  private var columns: Select<PlatformIntegrations, Int64, String, String, String, JSONText, Timestamp> {
    PlatformIntegrations.select(\.id, \.platform, \.channel, \.externalID, \.settings, \.updatedAt)
  }

  @Sendable private static func channel(
    id: Int64, platform: String, channel: String, externalID: String, settings: JSONText, updatedAt: Timestamp
  ) -> Channel {
    Channel(
      id: id, platform: platform, channel: channel, externalID: externalID,
      settings: JSONValue(stored: settings), updatedAt: updatedAt)
  }
}
