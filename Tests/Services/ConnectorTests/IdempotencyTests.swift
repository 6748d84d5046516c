import DataAccess
import DatabaseTestSupport
import HTTP
import Routing
import Schema
import Service
import Testing

@testable import connector

/// What comes twice is created once, and the limit of an owner is exact.
@Suite struct IdempotencyTests {
  private static let (ada, bob): (Int64, Int64) = (1, 2)
  private static let now = Timestamp(secondsSinceEpoch: 1_700_000_000)

  private func with(_ engine: TestEngine, _ body: (WebhookRepository) async throws -> Void) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool(.patient(10)) { database in
        try await body(
          WebhookRepository(
            database: database, events: EventLog(source: "connector", account: "connector-rw"),
            metrics: .unread))
      }
    }
  }

  private func key(_ key: String, body: String = "{}") throws -> IdempotencyKey {
    let headers: Headers = ["Idempotency-Key": key]
    return try #require(
      try IdempotencyKey(try Request(.post, "/v1/webhooks", headers: headers, body: Array(body.utf8))))
  }

  private func create(
    _ webhooks: WebhookRepository, owner: Int64 = ada, _ key: IdempotencyKey?, at moment: Timestamp = now
  ) async throws -> Creation<Webhook> {
    try await webhooks.create(
      ownerID: owner, url: "https://example.org", sealedSecret: "sealed",
      eventTypes: ConnectorRules.eventTypes(["*"]), key: key, by: .service, at: moment)
  }

  @Test(arguments: TestEngine.drivers)
  func `of many equal requests with one key one creates, and all get the same`(engine: TestEngine)
    async throws
  {
    try await with(engine) { webhooks in
      let key = try key("k1")
      let ids = try await withThrowingTaskGroup(of: Int64.self) { group in
        for _ in 0..<20 { group.addTask { try await create(webhooks, key).item(of: "webhooks").id } }
        return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
      }
      #expect(ids.count == 1)
      #expect(try await webhooks.database.count(Webhooks.count()) == 1)
      #expect(try await webhooks.database.count(Events.count().where(\.type == "webhook.registered")) == 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a key belongs to one owner and one request, for a day`(engine: TestEngine) async throws {
    try await with(engine) { webhooks in
      let first = try await create(webhooks, key("k1")).item(of: "webhooks")
      let refusal = try await create(webhooks, key("k1", body: #"{"a":1}"#))
      #expect(throws: Problem.idempotencyKeyReused) { try refusal.item(of: "webhooks") }
      #expect(try await create(webhooks, owner: Self.bob, key("k1")).created != nil)
      #expect(try await create(webhooks, key("k2")).created != nil)
      #expect(try await create(webhooks, nil).created != nil)
      let next = Self.now.adding(seconds: IdempotencyKey.keptSeconds + 1)
      #expect(try await create(webhooks, key("k1"), at: next).created?.id != first.id)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a key whose webhook was removed creates no other one, and goes with its owner`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { webhooks in
      let made = try await create(webhooks, key("k1")).item(of: "webhooks")
      #expect(try await webhooks.delete(id: made.id, of: Self.ada, by: .service, at: Self.now).made != nil)
      let second = try await create(webhooks, key("k1"))
      #expect(throws: Problem.idempotentResultRemoved) { try second.item(of: "webhooks") }
      let owners = OwnerRepository(database: webhooks.database, events: webhooks.events)
      try await owners.removeEverything(of: Self.ada, at: Self.now)
      #expect(try await webhooks.database.count(ConnectorIdempotencyKeys.count()) == 0)
      #expect(try await webhooks.database.count(ConnectorOwners.count()) == 0)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `of many equal rotations with one key one replaces the secret, and all get it`(
    engine: TestEngine
  ) async throws {
    try await with(engine) { webhooks in
      let made = try await create(webhooks, nil).item(of: "webhooks")
      let request = OwnedCreation(ownerID: Self.ada, key: try key("k1"), now: Self.now)
      let secrets = try await withThrowingTaskGroup(of: String?.self) { group in
        for number in 0..<8 {
          group.addTask {
            try await webhooks.replaceSecret(
              of: made.id, from: "sealed", to: "new \(number)", by: .service, request
            )?.item(of: "secrets")
          }
        }
        return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
      #expect(secrets.count == 1 && secrets.first != .some(nil))
      #expect(try await webhooks.storedSecret(id: made.id, of: Self.ada) == secrets.first)
      let rotations = Events.count().where(\.type == "webhook.secret_rotated")
      #expect(try await webhooks.database.count(rotations) == 1)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `the limit is exact while the first webhooks of the owner are removed`(engine: TestEngine) async throws
  {
    try await with(engine) { webhooks in
      let (database, limit) = (webhooks.database, ConnectorRules.maximumWebhooks)
      let types = try ConnectorRules.eventTypes(["*"])
      let fill = (0..<limit).map { number in
        (Self.ada, "https://example.org/\(number)", "sealed", types, Self.now, Self.now)
      }
      try await database.run(
        Webhooks.insertMany(
          \.ownerID, \.url, \.secret, \.eventTypes, \.createdAt, \.updatedAt, rows: fill))
      let first = try await database.all(Webhooks.select(\.id).orderBy(\.id).limit(10), as: { $0 })
      try await withThrowingTaskGroup(of: Void.self) { group in
        for id in first {
          group.addTask { _ = try await webhooks.delete(id: id, of: Self.ada, by: .service, at: Self.now) }
          for _ in 0..<4 { group.addTask { _ = try await create(webhooks, nil) } }
        }
        try await group.waitForAll()
      }
      #expect(try await database.count(Webhooks.count()) <= limit)
      while try await create(webhooks, nil).created != nil {}
      #expect(try await database.count(Webhooks.count()) == limit)
    }
  }

  @Test(arguments: ["", " ", "a b", "ü", "a\u{7F}", String(repeating: "k", count: 256), #"a"b"#, #""""#])
  func `a key that is not of visible ASCII is refused`(text: String) throws {
    #expect(throws: Problem.self) { try key(text) }
  }

  @Test func `a key is optional, stands once, and may be quoted`() throws {
    #expect(try IdempotencyKey(try Request(.post, "/v1/webhooks")) == nil)
    #expect(try key(#""k1""#) == key("k1"))
    #expect(try key("k1") != key("k2") && key("k1") != key("k1", body: "x"))
    var headers = Headers()
    headers.append("Idempotency-Key", "a")
    headers.append("Idempotency-Key", "a")
    #expect(throws: Problem.self) { try IdempotencyKey(try Request(.post, "/v1/webhooks", headers: headers)) }
  }
}
