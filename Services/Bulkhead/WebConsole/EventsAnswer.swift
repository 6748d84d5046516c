import AccessAdministration
import AccessManifest
import DataAccess
import Schema

/// The newest events, without their payloads: which service wrote what, about whom, and when.
struct EventsAnswer: Encodable {
  struct Line: Encodable, Sendable {
    let id: Int64
    let type: String
    let source: String
    let subject: String
    let time: Timestamp
  }

  /// The account that read them; nil where the manifest lets no account read the log.
  let account: String?
  let events: [Line]
  /// Why the log could not be read; nil where it was.
  let error: String?
}

/// Reads the log as an account of the fleet that may: the page needs no right beside the manifest's.
struct EventReader: Sendable {
  static let count = 12

  let context: DatabaseContext

  func newest() async -> EventsAnswer {
    let manifest = context.site.manifest
    let reader = manifest.isLive ? nil : manifest.databaseAccounts.first(where: Self.reads)?.name
    guard let reader else { return EventsAnswer(account: nil, events: [], error: nil) }
    do {
      return EventsAnswer(account: reader, events: try await newest(as: reader), error: nil)
    } catch {
      let reason = (error as? DatabaseError).map { $0.detail ?? $0.description } ?? "\(error)"
      return EventsAnswer(account: reader, events: [], error: reason)
    }
  }

  private static func reads(_ account: DatabaseAccount) -> Bool {
    guard let grant = account.grant(.select, on: Events.definition.name) else { return false }
    return grant.columns == .all && grant.rows == nil
  }

  private func newest(as account: String) async throws -> [EventsAnswer.Line] {
    let database = Database(
      driver: try context.administration.driver(as: account, of: context.site), loop: context.site.loop,
      configuration: PoolConfiguration(size: 1), logger: context.site.logger)
    let select = Events.select(\.id, \.type, \.source, \.subject, \.occurredAt)
      .orderBy(\.id, .descending).limit(stated: Self.count)
    return try await database.closing {
      try await database.all(select) { id, type, source, subject, time in
        EventsAnswer.Line(id: id, type: type, source: source, subject: subject, time: time)
      }
    }
  }
}
