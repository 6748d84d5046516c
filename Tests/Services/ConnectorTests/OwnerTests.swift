import DataAccess
import DatabaseTestSupport
import Schema
import Service
import Testing

@testable import connector

/// One owner's resources are invisible to another owner, on every engine.
@Suite struct OwnerTests {
  private static let ada: Int64 = 1
  private static let bob: Int64 = 2
  private static let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

  private func with(_ engine: TestEngine, _ body: (Database, EventLog) async throws -> Void) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool(.patient(10)) { database in
        try await body(database, EventLog(source: "connector", account: "connector-rw"))
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an integration is visible to its owner only`(engine: TestEngine) async throws {
    try await with(engine) { database, events in
      let integrations = IntegrationRepository(database: database, events: events)
      let made = try #require(
        try await integrations.create(
          ownerID: Self.ada, provider: "github", externalAccount: "ada", config: .emptyObject, by: .service,
          at: Self.now
        ).created)
      let changes = IntegrationChanges(status: "disabled")
      #expect(try await integrations.integration(id: made.id, of: Self.bob) == nil)
      #expect(try await integrations.integrations(of: Self.bob, after: nil, limit: 10).items.isEmpty)
      #expect(
        try await integrations.update(id: made.id, of: Self.bob, changes, by: .service, at: Self.now).made
          == nil)
      #expect(
        try await integrations.delete(id: made.id, of: Self.bob, by: .service, at: Self.now).made == nil)
      #expect(try await integrations.integration(id: made.id, of: Self.ada)?.status == "active")
      #expect(try await integrations.integrations(of: Self.ada, after: nil, limit: 10).items.count == 1)
      #expect(
        try await integrations.update(id: made.id, of: Self.ada, changes, by: .service, at: Self.now).made?
          .status == "disabled")
      #expect(
        try await integrations.delete(id: made.id, of: Self.ada, by: .service, at: Self.now).made != nil)
      #expect(
        try await integrations.delete(id: made.id, of: Self.ada, by: .service, at: Self.now).made == nil)
      let removals = try await database.all(
        Events.select(\.payload).where(\.type == "integration.removed"), as: { $0.text })
      #expect(removals == [#"{"provider":"github"}"#])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a webhook is visible to its owner only`(engine: TestEngine) async throws {
    try await with(engine) { database, events in
      let webhooks = WebhookRepository(database: database, events: events, metrics: .unread)
      let made = try #require(
        try await webhooks.create(
          ownerID: Self.ada, url: "https://example.org", sealedSecret: "sealed",
          eventTypes: ConnectorRules.eventTypes(["user.created"]),
          by: .service, at: Self.now
        ).created)
      let changes = WebhookChanges(url: nil, eventTypes: nil, active: false)
      #expect(try await webhooks.webhook(id: made.id, of: Self.bob) == nil)
      #expect(try await webhooks.webhooks(of: Self.bob, after: nil, limit: 10).items.isEmpty)
      #expect(
        try await webhooks.update(id: made.id, of: Self.bob, changes, by: .service, at: Self.now).made == nil)
      #expect(try await webhooks.delete(id: made.id, of: Self.bob, by: .service, at: Self.now).made == nil)
      #expect(try await webhooks.webhook(id: made.id, of: Self.ada)?.active == true)
      #expect(try await webhooks.delete(id: made.id, of: Self.ada, by: .service, at: Self.now).made != nil)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an owner may keep a thousand integrations, and another owner is not concerned`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database, events in
      let integrations = IntegrationRepository(database: database, events: events)
      try await Self.addIntegrations(to: database)
      func create(_ owner: Int64, _ account: String) async throws -> Bool {
        try await integrations.create(
          ownerID: owner, provider: "github", externalAccount: account, config: .emptyObject, by: .service,
          at: Self.now
        ).created != nil
      }
      #expect(try await create(Self.ada, "the last"))
      #expect(try await !create(Self.ada, "one more"))
      #expect(try await create(Self.bob, "the first"))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `of many requests at once for the last integration of the limit, one succeeds`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database, events in
      try await Self.addIntegrations(to: database)
      let integrations = IntegrationRepository(database: database, events: events)
      let created = try await Self.atOnce { number in
        try await integrations.create(
          ownerID: Self.ada, provider: "gitlab", externalAccount: "\(number)", config: .emptyObject,
          by: .service,
          at: Self.now
        ).created != nil
      }
      let kept = try await database.count(Integrations.count().where(\.ownerID == Self.ada))
      #expect(created == 1 && kept == ConnectorRules.maximumIntegrations, "\(created) created, \(kept) kept")
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `of many requests at once for the last webhook of the limit, one succeeds`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { database, events in
      let types = try ConnectorRules.eventTypes(["user.created"])
      try await database.transaction { transaction throws(DatabaseError) in
        for number in 1..<ConnectorRules.maximumWebhooks {
          try await transaction.run(
            Webhooks.insert(
              \.ownerID <- Self.ada, \.url <- "https://example.org/\(number)", \.secret <- "sealed",
              \.eventTypes <- types, \.active <- true, \.createdAt <- Self.now, \.updatedAt <- Self.now))
        }
      }
      let webhooks = WebhookRepository(database: database, events: events, metrics: .unread)
      let created = try await Self.atOnce { number in
        try await webhooks.create(
          ownerID: Self.ada, url: "https://example.org/late/\(number)", sealedSecret: "sealed",
          eventTypes: types, by: .service, at: Self.now
        ).created != nil
      }
      let kept = try await database.count(Webhooks.count().where(\.ownerID == Self.ada))
      #expect(created == 1 && kept == ConnectorRules.maximumWebhooks, "\(created) created, \(kept) kept")
    }
  }

  /// Adds all integrations of the limit but one.
  private static func addIntegrations(to database: Database) async throws {
    try await database.transaction { transaction throws(DatabaseError) in
      for number in 1..<ConnectorRules.maximumIntegrations {
        try await transaction.run(
          Integrations.insert(
            \.ownerID <- ada, \.provider <- "github", \.externalAccount <- "\(number)",
            \.status <- "active", \.config <- .emptyObject, \.createdAt <- now, \.updatedAt <- now))
      }
    }
  }

  /// How many of 20 concurrent attempts succeed.
  private static func atOnce(_ attempt: @escaping @Sendable (Int) async throws -> Bool) async throws -> Int {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<20 { group.addTask { try await attempt(number) } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }
}

extension Creation {
  /// What is new, or nil.
  var created: Item? {
    if case .created(let item) = self { item } else { nil }
  }
}
