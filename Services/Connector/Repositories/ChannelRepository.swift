import DataAccess
import JSON
import Schema
import Service

/// The rows of platform_integrations that belong to one platform.
///
/// Reads do not name the platform: the database shows this account no other rows. Writes name it in the row, and the
/// database refuses any other name.
struct ChannelRepository: Sendable {
  let database: Database
  let events: EventLog
  let platform: Platform
  private let columns = PlatformIntegrations.select(
    \.id, \.platform, \.channel, \.externalID, \.settings, \.updatedAt)
  private let known = PlatformIntegrations.select(\.id)

  func channels(after cursor: PageKey?, limit: Int) async throws(DatabaseError) -> Page<Channel> {
    try await database.page(columns, after: cursor, limit: limit, as: Self.channel)
  }

  func channel(externalID: String) async throws(DatabaseError) -> Channel? {
    try await database.first(columns.where(\.externalID == externalID), as: Self.channel)
  }

  /// Stores the channel under its id at the platform, and returns whether it is new.
  func put(
    externalID: String, channel: String, settings: JSONText, at now: Timestamp
  ) async throws(DatabaseError) -> (channel: Channel, isNew: Bool) {
    try await database.transaction { transaction throws(DatabaseError) in
      let created = try await transaction.insert(
        PlatformIntegrations.insert(
          \.platform <- platform.rawValue, \.channel <- channel, \.externalID <- externalID,
          \.settings <- settings, \.updatedAt <- now),
        returning: \.id, unlessConflictOf: \.platform, \.externalID)
      try await events.append("channel.stored", subject: .name(externalID), at: now, in: transaction)
      if let id = created {
        let made = try Self.channel(
          id: id, platform: platform.rawValue, channel: channel, externalID: externalID, settings: settings,
          updatedAt: now)
        return (made, true)
      }
      let changed = try await transaction.run(
        PlatformIntegrations.update(\.channel <- channel, \.settings <- settings, \.updatedAt <- now)
          .where(\.externalID == externalID),
        returning: columns, as: Self.channel)
      guard let changed = changed.first else {
        throw DatabaseError(decoding: "the stored channel was not found")
      }
      return (changed, false)
    }
  }

  func delete(externalID: String, at now: Timestamp) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \PlatformIntegrations.externalID == externalID
      guard try await transaction.exists(known.where(row)) else { return false }
      try await transaction.run(PlatformIntegrations.delete().where(row))
      try await events.append(
        "channel.removed", subject: .name(externalID), at: now, in: transaction)
      return true
    }
  }

  /// Records an event of the platform; false for an unknown channel.
  func record(
    type: String, externalID: String, data: [String: JSONValue], at now: Timestamp
  ) async throws(DatabaseError) -> Bool {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \PlatformIntegrations.externalID == externalID
      guard try await transaction.exists(known.where(row)) else { return false }
      try await events.append(
        "\(platform.rawValue).\(type)", subject: .name(externalID), payload: data, at: now,
        in: transaction)
      return true
    }
  }

  @Sendable private static func channel(
    id: Int64, platform: String, channel: String, externalID: String, settings: JSONText, updatedAt: Timestamp
  ) throws(DatabaseError) -> Channel {
    Channel(
      id: id, platform: platform, channel: channel, externalID: externalID,
      settings: try JSONValue(stored: settings, in: \PlatformIntegrations.settings), updatedAt: updatedAt)
  }
}
