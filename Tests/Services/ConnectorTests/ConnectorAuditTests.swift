import DataAccess
import DatabaseTestSupport
import Routing
import Schema
import Service
import Testing

@testable import connector

/// What the events and the audit log say about the changes of the connector and of a trigger.
@Suite struct ConnectorAuditTests {
  private static let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

  private func with(_ engine: TestEngine, _ body: (Database) async throws -> Void) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool(.patient(4)) { database in
        try await body(database)
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `each change by a user has its actor, its object and its fields`(engine: TestEngine) async throws {
    try await with(engine) { database in
      let principal = Principal(userID: 7, sessionID: 1, role: .member, expiresAt: .max)
      let author = EventAuthor(
        RequestContext(requestID: "r-1", principal: principal), address: "192.0.2.4")
      let events = EventLog(source: "connector", account: "connector-rw")
      let integrations = IntegrationRepository(database: database, events: events)
      let webhooks = WebhookRepository(database: database, events: events, metrics: .unread)
      let channels = ChannelRepository(
        database: database, events: EventLog(source: "twitch-trigger", account: "twitch-trigger"),
        platform: .twitch)
      let integration = try #require(
        try await integrations.create(
          ownerID: 7, provider: "github", externalAccount: "ada", config: .emptyObject, by: author,
          at: Self.now
        ).created)
      _ = try await integrations.update(
        id: integration.id, of: 7, IntegrationChanges(status: "disabled", config: .emptyObject), by: author,
        at: Self.now)
      let webhook = try #require(
        try await webhooks.create(
          ownerID: 7, url: "https://example.org", sealedSecret: "sealed",
          eventTypes: ConnectorRules.eventTypes(["*"]), by: author, at: Self.now
        ).created)
      _ = try await webhooks.update(
        id: webhook.id, of: 7, WebhookChanges(active: false), by: author, at: Self.now)
      #expect(try await webhooks.delete(id: webhook.id, of: 7, by: author, at: Self.now).made != nil)
      #expect(
        try await integrations.delete(id: integration.id, of: 7, by: author, at: Self.now).made != nil)
      _ = try await channels.put(
        externalID: "c1", channel: "#a", settings: .emptyObject, by: author, at: Self.now)
      #expect(try await channels.delete(externalID: "c1", by: author, at: Self.now))
      let rows = try await database.all(
        AuditLog.select(\.source, \.action, \.object, \.fields).where(
          \.actorID == 7 && \.address == "192.0.2.4" && \.requestID == "r-1"
        ).orderBy(\.id), as: { "\($0) \($1) \($2) \($3.text)" })
      #expect(
        rows == [
          "connector integration.connected integration/\(integration.id) []",
          #"connector integration.updated integration/\#(integration.id) ["config","status"]"#,
          "connector webhook.registered webhook/\(webhook.id) []",
          #"connector webhook.updated webhook/\#(webhook.id) ["active"]"#,
          "connector webhook.removed webhook/\(webhook.id) []",
          "connector integration.removed integration/\(integration.id) []",
          "twitch-trigger channel.stored channel/c1 []", "twitch-trigger channel.removed channel/c1 []",
        ])
      let payloads = try await database.all(Events.select(\.payload), as: { $0.text })
      #expect(payloads.count == rows.count && payloads.allSatisfy { $0.contains(#""actor":7"#) })
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `work that no request asked for has no actor`(engine: TestEngine) async throws {
    try await with(engine) { database in
      let events = EventLog(source: "connector", account: "connector-rw")
      let integrations = IntegrationRepository(database: database, events: events)
      _ = try await integrations.create(
        ownerID: 7, provider: "github", externalAccount: "ada", config: .emptyObject, by: .service,
        at: Self.now)
      try await OwnerRepository(database: database, events: events).removeEverything(of: 7, at: Self.now)
      let rows = try await database.all(
        AuditLog.select(\.action, \.object, \.account).where(\.actorID == nil && \.requestID == nil).orderBy(
          \.id),
        as: { "\($0) \($1) \($2)" })
      #expect(rows.last == "owner.removed owner/7 connector-rw")
    }
  }
}
