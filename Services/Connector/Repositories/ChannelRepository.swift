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
    externalID: String, channel: String, settings: JSONText, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> (channel: Channel, isNew: Bool) {
    do throws(DatabaseError) {
      return try await store(
        externalID: externalID, channel: channel, settings: settings, by: author, at: now)
    } catch {
      guard error.isUniqueViolation else { throw error }
      // A concurrent request created the row; this request changes it.
      return try await store(
        externalID: externalID, channel: channel, settings: settings, by: author, at: now)
    }
  }

  /// It reads the row back by its unique key, because an engine that scopes rows by a view returns no id.
  private func store(
    externalID: String, channel: String, settings: JSONText, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> (channel: Channel, isNew: Bool) {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \PlatformIntegrations.externalID == externalID
      let isNew = !(try await transaction.exists(known.where(row)))
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
      try await events.append(
        "channel.stored", subject: .name(externalID), by: author, at: now, in: transaction)
      let stored = try await transaction.first(columns.where(row), as: Self.channel)
      guard let stored else { throw DatabaseError(decoding: "the stored channel was not found") }
      return (stored, isNew)
    }
  }

  func delete(externalID: String, by author: EventAuthor, at now: Timestamp) async throws(DatabaseError)
    -> Bool
  {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \PlatformIntegrations.externalID == externalID
      guard try await transaction.exists(known.where(row)) else { return false }
      try await transaction.run(PlatformIntegrations.delete().where(row))
      try await events.append(
        "channel.removed", subject: .name(externalID), by: author, at: now, in: transaction)
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
      try await events.relay(
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
