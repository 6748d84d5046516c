import Cache
import Clock
import Cryptography
import DataAccess
import DatabaseTestSupport
import Encoding
import HTTP
import JSON
import Logging
import MemoryCache
import Routing
import Runtime
import Schema
import Secrets
import Service
import TestSupport
import Testing

@testable import connector

/// A trigger's channels and the platform's messages about them, on every engine.
@Suite struct ChannelStoreTests {
  typealias Engine = TestEngine
  private static let secret = "a shared secret"

  private struct Trigger: Sendable {
    let database: Database
    let channels: ChannelRepository
    let messages: PlatformEventRoutes
  }

  private func withTrigger(_ engine: Engine, _ body: (Trigger) async throws -> Void) async throws {
    try await TestDatabase.with(engine, migratedTo: .latest) { test in
      try await test.withPool(.patient(6)) { database in
        let channels = ChannelRepository(
          database: database, events: EventLog(source: "twitch-trigger", account: "twitch-trigger"),
          platform: .twitch)
        let cache = Cache(
          service: "twitch-trigger",
          connection: MemoryStore().connection(
            account: "twitch-trigger-cache",
            rights: [CacheRights(keyPrefix: "twitch-trigger:", access: .readWrite)]),
          logger: .silent)
        let messages = PlatformEventRoutes(
          channels: channels, signature: try #require(PlatformSignature(secret: Secret(Self.secret))),
          replays: ReplayGuard(), cache: cache, currentTime: { Timestamp.now() })
        try await body(Trigger(database: database, channels: channels, messages: messages))
      }
    }
  }

  private func send(_ trigger: Trigger, id: String, _ message: JSONValue) async throws -> Status {
    let sent = "\(Timestamp.now().secondsSinceEpoch)"
    let body = try JSONCoding.encode(message)
    let signature = HMAC.sha256(Array("\(id).\(sent).".utf8) + body, key: Array(Self.secret.utf8))
    let request = try Request(
      .post, "/v1/platform-events",
      headers: [
        "Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": sent,
        "webhook-signature": "v1,\(Base64.encode(signature))",
      ], body: body)
    do {
      return try await trigger.messages.receive(request, RequestContext(requestID: "test")).status
    } catch let problem as Problem {
      return problem.status
    } catch let error as DatabaseError where error.mayHaveWritten {
      return .serviceUnavailable
    }
  }

  private func store(_ trigger: Trigger, _ externalID: String) async throws -> Bool {
    try await trigger.channels.put(
      externalID: externalID, channel: "#a", settings: .emptyObject, by: .service, at: Timestamp.now()
    ).isNew
  }

  @Test(arguments: Engine.all)
  func `of many concurrent writes of a channel one creates it and the others change it`(engine: Engine)
    async throws
  {
    try await withTrigger(engine) { trigger in
      let made = try await withThrowingTaskGroup(of: Bool.self) { group in
        for _ in 0..<6 { group.addTask { try await store(trigger, "123") } }
        return try await group.reduce(into: [Bool]()) { $0.append($1) }
      }
      #expect(made.filter { $0 }.count == 1)
      let rows = try await trigger.database.count(PlatformIntegrations.count())
      #expect(rows == 1)
    }
  }

  @Test(arguments: Engine.all)
  func `a message for an unknown channel is accepted again once the channel is stored`(
    engine: Engine
  ) async throws {
    try await withTrigger(engine) { trigger in
      let message: JSONValue = ["type": "stream.online", "external_id": "123", "data": ["viewers": 3]]
      #expect(try await send(trigger, id: "m1", message) == .notFound)
      _ = try await store(trigger, "123")
      #expect(try await send(trigger, id: "m1", message) == .accepted)
      #expect(try await send(trigger, id: "m1", message) == .conflict)
      let events = try await trigger.database.all(
        Events.select(\.type, \.source, \.subject, \.payload).orderBy(\.id)
      ) { "\($0) \($1) \($2) \($3.text)" }
      #expect(
        events == [
          "channel.stored twitch-trigger 123 {}",
          #"twitch.stream.online twitch-trigger 123 {"viewers":3}"#,
        ])
    }
  }

  @Test func `a message whose commit had no answer is left to a later attempt, and not called accepted`()
    async throws
  {
    try await withTrigger(.postgresql) { trigger in
      _ = try await store(trigger, "123")
      // The session ends at the commit.
      for statement in [
        "CREATE FUNCTION vanish() RETURNS trigger LANGUAGE plpgsql AS "
          + "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'",
        "CREATE CONSTRAINT TRIGGER vanishing AFTER INSERT ON events DEFERRABLE INITIALLY DEFERRED "
          + "FOR EACH ROW EXECUTE FUNCTION vanish()",
      ] { _ = try await trigger.database.unsafeQuery(unsafeSQL: statement) }
      let message: JSONValue = ["type": "stream.online", "external_id": "123"]
      for _ in 1...2 { #expect(try await send(trigger, id: "m1", message) == .serviceUnavailable) }
      _ = try await trigger.database.unsafeQuery(unsafeSQL: "DROP TRIGGER vanishing ON events")
      // The claim stands for the attempt that may be at work.
      #expect(try await send(trigger, id: "m1", message) == .serviceUnavailable)
      #expect(try await send(trigger, id: "m2", message) == .accepted)
      #expect(try await send(trigger, id: "m2", message) == .conflict)
    }
  }

  @Test func `a message that is too large is refused, and a smaller one with its id is accepted`()
    async throws
  {
    try await withTrigger(.sqlite) { trigger in
      _ = try await store(trigger, "123")
      let long = JSONValue.string(String(repeating: "x", count: PlatformEventRoutes.maximumDataBytes))
      let large: JSONValue = ["type": "a", "external_id": "123", "data": ["text": long]]
      #expect(try await send(trigger, id: "m1", large) == .unprocessableContent)
      #expect(try await send(trigger, id: "m1", ["type": "a", "external_id": "123"]) == .accepted)
    }
  }

  @Test func `an event keeps all its members, also those whose names Unicode takes for one`() async throws {
    try await withTrigger(.sqlite) { trigger in
      _ = try await store(trigger, "123")
      let names = ["\u{E9}", "e\u{301}", "K", "\u{212A}"]
      let data = JSONValue.object(names.enumerated().map { .init($1, .integer(Int64($0))) })
      #expect(
        try await send(trigger, id: "m1", ["type": "a", "external_id": "123", "data": data]) == .accepted)
      let payload = try await trigger.database.first(
        Events.select(\.payload).where(\.type == "twitch.a"), as: { $0.text })
      #expect(payload.map { Array($0.utf8) } == (try JSONCoding.encode(data)))
    }
  }

  @Test func `an event's data that is no object gets 422, and null is no data`() async throws {
    try await withTrigger(.sqlite) { trigger in
      _ = try await store(trigger, "123")
      for (id, data, status) in [
        ("m1", [1], .unprocessableContent), ("m2", "a", .unprocessableContent), ("m3", .null, .accepted),
      ] as [(String, JSONValue, Status)] {
        let event: JSONValue = ["type": "a", "external_id": "123", "data": data]
        #expect(try await send(trigger, id: id, event) == status)
      }
    }
  }

  @Test(arguments: Engine.all)
  func `what is stored at the deepest level is in every list and every delivery`(engine: Engine) async throws
  {
    try await withTrigger(engine) { trigger in
      let deepest = (0..<JSONText.maximumDepth).reduce(1) { value, _ in ["a": value] } as JSONValue
      let text = try JSONText(deepest, limit: ConnectorRules.maximumDocumentBytes)
      let list = try Request(.get, "/")
      _ = try await trigger.channels.put(
        externalID: "123", channel: "#a", settings: text, by: .service, at: Timestamp.now())
      let channels = try await trigger.channels.channels(after: nil, limit: 10)
      try Self.expect(deepest, as: "settings", in: .page(channels, for: list, limit: 10))
      let integrations = IntegrationRepository(
        database: trigger.database, events: EventLog(source: "connector", account: "connector-rw"))
      _ = try await integrations.create(
        ownerID: 1, provider: "a", externalAccount: "b", config: text, by: .service, at: Timestamp.now())
      let found = try await integrations.integrations(of: 1, after: nil, limit: 10)
      try Self.expect(deepest, as: "config", in: .page(found, for: list, limit: 10))
      let message: JSONValue = ["type": "a", "external_id": "123", "data": deepest]
      #expect(try await send(trigger, id: "m1", message) == .accepted)
      let deeper: JSONValue = ["type": "a", "external_id": "123", "data": ["a": deepest]]
      #expect(try await send(trigger, id: "m2", deeper) == .unprocessableContent)
      let event = try #require(
        try await trigger.database.first(
          Events.select(\.id, \.type, \.source, \.subject, \.payload, \.occurredAt).where(
            \.type == "twitch.a"), as: EventWithPayload.init))
      let body = try JSONCoding.decode(JSONValue.self, from: event.deliveredBody())
      #expect(body["data"]?["payload"] == deepest)
    }
  }

  private static func expect(_ value: JSONValue, as name: String, in response: Response) throws {
    let answer = try JSONCoding.decode(JSONValue.self, from: response.body)
    #expect(answer["items"]?[0]?[name] == value)
  }

  @Test(arguments: Engine.all)
  func `a channel's id may be longer than the subject of its event`(engine: Engine) async throws {
    try await withTrigger(engine) { trigger in
      // One character of many scalars each: engines count scalars.
      let externalID = String(repeating: "e\u{301}\u{302}", count: 50)
      #expect(try await store(trigger, externalID))
      let subject = try await trigger.database.first(Events.select(\.subject), as: { $0 })
      #expect(subject?.unicodeScalars.count == 64)
      let found = try await trigger.channels.channel(externalID: externalID)
      #expect(found?.externalID == externalID)
    }
  }

  @Test(arguments: Engine.all)
  func `channels whose ids begin alike have subjects and objects of their own, and events with the whole id`(
    engine: Engine
  ) async throws {
    try await withTrigger(engine) { trigger in
      let beginning = String(repeating: "x", count: 64)
      let ids = [beginning, beginning + "1", beginning + "2"]
      for id in ids { _ = try await store(trigger, id) }
      let message: JSONValue = ["type": "a", "external_id": .string(ids[1])]
      #expect(try await send(trigger, id: "m1", message) == .accepted)
      let events = try await trigger.database.all(
        Events.select(\.subject, \.payload).orderBy(\.id), as: { (subject: $0, payload: $1.text) })
      #expect(events.map(\.subject).first == beginning && Set(events.map(\.subject)).count == 3)
      #expect(events.allSatisfy { $0.subject.unicodeScalars.count == 64 })
      #expect(events.last?.subject == events[1].subject)
      let whole = ids.dropFirst().map { #"{"external_id":"\#($0)"}"# }
      #expect(events.map(\.payload) == ["{}"] + whole + ["{}"])
      let objects = try await trigger.database.all(AuditLog.select(\.object).orderBy(\.id), as: { $0 })
      #expect(objects == events.dropLast().map { "channel/\($0.subject)" })
    }
  }
}
