import DataAccess
import DatabaseTestSupport
import HTTP
import Routing
import Schema
import Service
import Testing

@testable import connector

/// Requests that change and remove one thing at the same time: each change is recorded once, where it was made.
@Suite struct ConcurrentRemovalTests {
  private typealias Under = DeliveryUnderTest
  private static let writers = 4
  private static let rounds = 15

  @Test(arguments: TestEngine.drivers)
  func `of several removals of a webhook or an integration at once one is made, and it alone is recorded`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let events = EventLog(source: "connector", account: "connector-rw")
      let integrations = IntegrationRepository(database: test.database, events: events)
      for round in 1...Self.rounds {
        let webhook = try await test.subscribe("/ok/\(round)")
        let removed = try await Self.atOnce {
          try await test.webhooks.delete(id: webhook.id, of: Under.owner, by: .service, at: Under.now).made
            != nil
        }
        #expect(removed == 1)
        let integration = try await integrations.create(
          ownerID: Under.owner, provider: "p", externalAccount: "\(round)", config: .emptyObject,
          by: .service,
          at: Under.now
        ).item(of: "integrations")
        let disconnected = try await Self.atOnce {
          try await integrations.delete(id: integration.id, of: Under.owner, by: .service, at: Under.now).made
            != nil
        }
        #expect(disconnected == 1)
      }
      for type in ["webhook.removed", "integration.removed"] {
        #expect(try await Self.recorded(type, test.database) == [Self.rounds, Self.rounds])
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a webhook or an integration that goes away while its removal under a condition waits is absent`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let events = EventLog(source: "connector", account: "connector-rw")
      let integrations = IntegrationRepository(database: test.database, events: events)
      let any = Precondition(try Request(.delete, "/", headers: ["If-Match": "*"]))
      let webhook = try await test.subscribe("/ok")
      let removal = try await Self.whileGoing(Webhooks.delete().where(\.id == webhook.id), test.database) {
        try await test.webhooks.delete(id: webhook.id, of: Under.owner, if: any, by: .service, at: Under.now)
      }
      #expect(Self.isAbsent(removal))
      let integration = try await integrations.create(
        ownerID: Under.owner, provider: "p", externalAccount: "1", config: .emptyObject, by: .service,
        at: Under.now
      ).item(of: "integrations")
      let row = Integrations.delete().where(\.id == integration.id)
      let disconnection = try await Self.whileGoing(row, test.database) {
        try await integrations.delete(
          id: integration.id, of: Under.owner, if: any, by: .service, at: Under.now)
      }
      #expect(Self.isAbsent(disconnection))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `writes and removals of one channel at once all succeed, and are recorded as often as they were made`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let channels = ChannelRepository(
        database: test.database, events: EventLog(source: "twitch-trigger", account: "twitch-trigger"),
        platform: .twitch)
      let put: @Sendable () async throws -> Bool = {
        try await channels.put(
          externalID: "1", channel: "#a", settings: .emptyObject, by: .service, at: Under.now
        ).isNew
      }
      let delete: @Sendable () async throws -> Bool = {
        try await channels.delete(externalID: "1", by: .service, at: Under.now)
      }
      var (created, removed) = (0, 0)
      for _ in 0..<Self.rounds {
        async let some = Self.atOnce(put)
        async let none = Self.atOnce(delete)
        created += try await some
        removed += try await none
      }
      created += try await put() ? 1 : 0
      removed += try await Self.atOnce(delete)
      #expect(created == removed)
      #expect(try await Self.recorded("channel.removed", test.database) == [removed, removed])
      let stored = Self.writers * Self.rounds + 1
      #expect(try await Self.recorded("channel.stored", test.database) == [stored, stored])
    }
  }

  /// Runs a request in the time between a removal of its row and the end of the removal's transaction.
  private static func whileGoing(
    _ removal: some Statement, _ database: Database,
    _ request: @escaping @Sendable () async throws -> Change<Void>
  ) async throws -> Change<Void> {
    let task = try await database.transaction { transaction throws(DatabaseError) in
      _ = try await transaction.execute(removal)
      let task = Task { try await request() }
      await database.loop.sleep(milliseconds: 300)
      return task
    }
    return try await task.value
  }

  private static func isAbsent(_ change: Change<Void>) -> Bool {
    if case .absent = change { true } else { false }
  }

  /// Runs the same request several times at once, and returns how many of them were true.
  private static func atOnce(_ request: @escaping @Sendable () async throws -> Bool) async throws -> Int {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<writers { group.addTask { try await request() } }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
  }

  /// The numbers of events and of audit rows of a type.
  private static func recorded(_ type: String, _ database: Database) async throws -> [Int] {
    [
      try await database.count(Events.count().where(\.type == type)),
      try await database.count(AuditLog.count().where(\.action == type)),
    ]
  }
}
