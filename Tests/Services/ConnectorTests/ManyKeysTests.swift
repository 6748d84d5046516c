import DatabaseTestSupport
import HTTP
import Routing
import Schema
import Service
import TestSupport
import Testing

@testable import DataAccess
@testable import connector

/// What a user's requests cost does not grow with what the user has already.
@Suite struct ManyKeysTests {
  private static let (ada, bob): (Int64, Int64) = (1, 2)
  private static let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

  private static func with(_ engine: TestEngine, _ body: (Database) async throws -> Void) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool(.patient(3)) { database in try await body(database) }
    }
  }

  /// Stores keys of Ada that a request has used at that moment.
  private static func fill(_ database: Database, _ keys: Range<Int>, at moment: Timestamp) async throws {
    let fingerprint = String(repeating: "0", count: 64)
    let rows = keys.map { (ada, "old \($0)", fingerprint, Int64($0), moment) }
    try await database.run(
      ConnectorIdempotencyKeys.insertMany(
        \.ownerID, \.key, \.fingerprint, \.resourceID, \.createdAt, rows: rows))
  }

  /// Creates an integration with a new key.
  private static func create(_ database: Database, _ number: Int, of owner: Int64 = ada) async throws {
    let request = try Request(
      .post, "/v1/integrations", headers: ["Idempotency-Key": "new-\(number)"], body: [])
    let integrations = IntegrationRepository(
      database: database, events: EventLog(source: "connector", account: "connector-rw"))
    let made = try await integrations.create(
      ownerID: owner, provider: "github", externalAccount: "account \(number)", config: JSONText("{}"),
      key: try IdempotencyKey(request), by: .service, at: now)
    #expect(made.created != nil)
  }

  @Test(arguments: TestEngine.drivers)
  func `a request removes a limited number of expired keys, and the next ones remove the rest`(
    engine: TestEngine
  ) async throws {
    try await Self.with(engine) { database in
      let limit = IdempotencyKey.sweptKeys
      let expired = Self.now.adding(seconds: -IdempotencyKey.keptSeconds - 1)
      try await Self.fill(database, 0..<2 * limit + 5, at: expired)
      try await Self.fill(database, 1_000..<1_003, at: Self.now)
      let keys = ConnectorIdempotencyKeys.count()
      for (number, left) in [limit + 5, 5, 0, 0].enumerated() {
        try await Self.create(database, number)
        #expect(try await database.count(keys.where(\.createdAt < Self.now)) == left)
        #expect(try await database.count(keys) == left + 3 + number + 1)
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a keyed request reads the expired keys of its user alone, and a page its own deliveries`(
    engine: TestEngine
  ) async throws {
    try await Self.with(engine) { database in
      try await Self.fill(database, 0..<5_000, at: Self.now)
      let expired = IdempotencyKey.expired(ConnectorIdempotencyKeys.self, of: Self.ada, at: Self.now)
      #expect(
        try await database.plan(expired, on: engine).contains(
          "connector_idempotency_keys_owner_id_created_at_idx"))
      let webhooks = try await Self.fillDeliveries(database, 2_500)
      let page = WebhookDeliveries.select(\.id, \.responseBody).where(\.webhookID == webhooks[0])
        .orderBy(\.id).limit(stated: 51)
      #expect(try await database.plan(page, on: engine).contains("webhook_deliveries_webhook_id_id_idx"))
    }
  }

  @Test(arguments: TestEngine.servers)
  func `a user's requests that wait for each other leave connections to other users`(engine: TestEngine)
    async throws
  {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool(.patient(3)) { database in
        try await Self.create(database, 0)
        try await test.withPool(.patient(2)) { elsewhere in
          let (isHeld, isFree) = (StopFlag(), StopFlag())
          async let holder: Void = Self.holdAda(elsewhere, isHeld, until: isFree)
          try await eventually("the row of the user is held") { isHeld.isSet }
          try await withThrowingTaskGroup(of: Void.self) { group in
            defer { isFree.set() }
            for number in 1..<9 { group.addTask { try await Self.create(database, number) } }
            try await eventually("requests wait") { await Self.isWaiting(in: database) }
            try await Self.create(database, 0, of: Self.bob)
            #expect(await database.status().inUse == 1)
            isFree.set()
            try await group.waitForAll()
          }
          try await holder
        }
        #expect(try await database.count(Integrations.count().where(\.ownerID == Self.ada)) == 9)
      }
    }
  }

  /// Whether a request of Ada waits for the others: in their line, or for a connection.
  private static func isWaiting(in database: Database) async -> Bool {
    let pool = database.pool
    let inLine = await database.loop.calling { pool.value.lines.waitingCount(of: ada) ?? 0 }
    if inLine == 7 { return true }
    return await database.status().waiting > 0
  }

  /// Holds the row of Ada, as a request in another process does.
  private static func holdAda(_ database: Database, _ isHeld: StopFlag, until isFree: StopFlag) async throws {
    try await database.transaction { transaction throws(DatabaseError) in
      try await transaction.run(ConnectorOwners.update(\.updatedAt <- now).where(\.ownerID == ada))
      isHeld.set()
      while !isFree.isSet { await database.loop.sleep(milliseconds: 5) }
    }
  }

  /// Two webhooks whose finished deliveries stand one behind the other; their ids.
  private static func fillDeliveries(_ database: Database, _ count: Int) async throws -> [Int64] {
    let types = try ConnectorRules.eventTypes(["*"])
    try await database.run(
      Webhooks.insertMany(
        \.ownerID, \.url, \.secret, \.eventTypes, \.createdAt, \.updatedAt,
        rows: (0..<2).map { _ in (ada, "https://example.org", "sealed", types, now, now) }))
    let webhooks = try await database.all(Webhooks.select(\.id).orderBy(\.id), as: { $0 })
    for webhook in webhooks {
      let rows = (0..<count).map { (webhook, Int64($0), "delivered", now) }
      try await database.run(
        WebhookDeliveries.insertMany(\.webhookID, \.eventID, \.status, \.updatedAt, rows: rows))
    }
    return webhooks
  }
}

extension Database {
  /// How the engine would execute the statement.
  fileprivate func plan<Owner, each Value>(
    _ select: Select<Owner, repeat each Value>, on engine: TestEngine
  ) async throws -> String {
    if let words = engine.words {
      _ = try await unsafeQuery(unsafeSQL: "\(words.analyze) \(Owner.definition.name)")
    }
    let query = try select.body.render(in: dialect)
    let rows = try await unsafeQuery(
      unsafeSQL: "\(engine.hasServer ? "EXPLAIN" : "EXPLAIN QUERY PLAN") \(query.sql)", query.bindings,
      isRead: true)
    return try (0..<rows.rowCount).map { row in
      try rows.columnNames.indices.map { "\(try rows.value(row, $0))" }.joined(separator: " ")
    }.joined(separator: "\n")
  }
}
