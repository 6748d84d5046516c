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
  /// How often a write begins again where others create and remove the same channel at the same time.
  private static let attempts = 5

  func channels(after cursor: PageKey?, limit: Int) async throws(DatabaseError) -> Page<Channel> {
    try await database.page(
      columns, after: cursor, limit: limit, upTo: PageRequest.maximumBytes, as: Self.channel)
  }

  func channel(externalID: String) async throws(DatabaseError) -> Channel? {
    try await database.first(columns.where(\.externalID == externalID), as: Self.channel)
  }

  /// Stores the channel under its id at the platform, and returns whether it is new.
  func put(
    externalID: String, channel: String, settings: JSONText, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> (channel: Channel, isNew: Bool) {
    var attempts = Self.attempts
    while true {
      do throws(DatabaseError) {
        return try await store(
          externalID: externalID, channel: channel, settings: settings, by: author, at: now)
      } catch {
        // A concurrent request created the row: this one changes it, or creates it where a third one has removed it.
        attempts -= 1
        guard error.isUniqueViolation, attempts > 0 else { throw error }
      }
    }
  }

  /// Locks the channel's row, and returns whether there is one. A change counts, and is recorded, by this alone: an engine
  /// that scopes rows by a view returns no number of changed rows.
  private func lock(
    _ row: Predicate<PlatformIntegrations>, in transaction: Transaction
  ) async throws(DatabaseError) -> Bool {
    try await transaction.first(known.where(row).forUpdate(), as: { $0 }) != nil
  }

  /// It reads the row back by its unique key, because an engine that scopes rows by a view returns no id.
  private func store(
    externalID: String, channel: String, settings: JSONText, by author: EventAuthor, at now: Timestamp
  ) async throws(DatabaseError) -> (channel: Channel, isNew: Bool) {
    try await database.transaction { transaction throws(DatabaseError) in
      let row = \PlatformIntegrations.externalID == externalID
      let isNew = !(try await lock(row, in: transaction))
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
        "channel.stored", subject: .name(externalID), by: author, payload: Self.payload(externalID), at: now,
        in: transaction)
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
      guard try await lock(row, in: transaction) else { return false }
      try await transaction.run(PlatformIntegrations.delete().where(row))
      try await events.append(
        "channel.removed", subject: .name(externalID), by: author, payload: Self.payload(externalID), at: now,
        in: transaction)
      return true
    }
  }

  /// The whole id, where the subject of the event has a digest in its place.
  private static func payload(_ externalID: String) -> [String: JSONValue] {
    EventLog.Subject.name(externalID).isWhole ? [:] : ["external_id": .string(externalID)]
  }

  /// Records an event of the platform; false for an unknown channel.
  func record(
    type: String, externalID: String, data: JSONText, at now: Timestamp
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
