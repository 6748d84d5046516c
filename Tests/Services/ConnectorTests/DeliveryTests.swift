import Clock
import Cryptography
import DataAccess
import DatabaseTestSupport
import Encoding
import HTTP
import JSON
import Schema
import Secrets
import Service
import TestSupport
import Testing

@testable import connector

/// Events become requests to their subscribers, on every engine.
@Suite struct DeliveryTests {
  private typealias Under = DeliveryUnderTest

  @Test(arguments: TestEngine.drivers)
  func `an event is delivered to the webhooks of its user that subscribed to its type`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      for (path, types) in [
        ("/ok/all", ["*"]), ("/ok/prefix", ["setting.*"]), ("/ok/name", ["user.updated", "setting.changed"]),
        ("/ok/other", ["user.*"]), ("/ok/longer", ["setting.removed"]),
      ] { try await test.subscribe(path, to: types) }
      try await test.subscribe("/ok/stranger", to: ["setting.*"], owner: 8)
      try await test.happen()
      let wanted = ["/ok/all", "/ok/name", "/ok/prefix"]
      try await test.deliver {
        try await test.rows().filter { $0.value.first?.status == "delivered" }.count == 3
      }
      #expect(try await test.rows().filter { !$0.value.isEmpty }.keys.sorted() == wanted)
      let first = try #require(try await test.row("/ok/all"))
      #expect(first.attempt == 1 && first.responseStatus == 200 && first.responseBody == "thank you")
      #expect(first.nextAttemptAt == nil && first.failure == nil)
      let paths = test.subscribers.requests.map(\.path).filter { $0 != "/ok/all" }.sorted()
      #expect(paths == ["/ok/name", "/ok/prefix"])
    }
  }

  @Test
  func `a request is signed by the Standard Webhooks specification, with both secrets while one rotates`()
    async throws
  {
    try await Under.with(.sqlite) { test in
      let webhook = try await test.subscribe("/ok", to: ["setting.changed"])
      let old = try #require(try await test.webhooks.storedSecret(id: webhook.id, of: Under.owner))
      let new = try test.secrets.rotatedSecret(from: old, ownerID: Under.owner, at: Under.now)
      let once = OwnedCreation(ownerID: Under.owner, key: nil, now: Under.now)
      #expect(
        try await test.webhooks.replaceSecret(
          of: webhook.id, from: old, to: new.sealed, by: .service, once) != nil)
      // Another rotation that began with the former secrets comes too late.
      #expect(
        try await test.webhooks.replaceSecret(of: webhook.id, from: old, to: "x", by: .service, once) == nil)
      let event = try await test.happen()
      try await test.deliver { test.subscribers.count(of: "/ok") == 1 }
      let request = try #require(test.subscribers.requests.first)
      #expect(request.headers["webhook-id"] == "msg_\(webhook.id)_\(event)")
      for secret in [try test.secrets.open(old, ownerID: Under.owner), new.text] {
        let signature = try #require(PlatformSignature(secret: Secret(secret)))
        #expect(try signature.verifiedID(of: request, now: Under.now) == "msg_\(webhook.id)_\(event)")
      }
      let body = try JSONCoding.decode(JSONValue.self, from: request.body)
      #expect(body["type"] == "setting.changed" && body["timestamp"] == "2023-11-14T22:13:20Z")
      #expect(body["data"]?["event_id"]?.integer == event && body["data"]?["payload"] == .object([]))
      #expect(request.headers["Content-Type"] == "application/json")
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a failure is tried again later, and the history has its reason`(engine: TestEngine) async throws {
    try await Under.with(engine) { test in
      let paths = ["/status/500", "/status/404", "/redirect", "/large", "/hang", "/busy"]
      for path in paths { try await test.subscribe(path, to: ["setting.*"]) }
      try await test.happen()
      try await test.deliver(test.worker(timeoutSeconds: 5)) {
        try await test.rows().values.allSatisfy {
          $0.first?.responseStatus != nil || $0.first?.failure != nil
        }
      }
      let rows = try await test.rows().compactMapValues(\.first)
      #expect(rows.values.allSatisfy { $0.status == "pending" && $0.attempt == 1 })
      let first = Under.now.adding(seconds: 4)...Under.now.adding(seconds: 6)
      for path in paths.dropLast() {
        #expect(first.contains(try #require(rows[path]?.nextAttemptAt)), "\(path)")
      }
      #expect(rows["/busy"]?.nextAttemptAt == Under.now.adding(seconds: 7200))
      #expect(rows["/status/500"]?.responseBody == "answer 500")
      #expect(rows["/redirect"]?.responseStatus == 302)
      #expect(rows["/hang"]?.failure == "The answer did not come in time.")
      #expect(rows["/large"]?.failure?.hasPrefix("The answer cannot be read") == true)
      #expect(test.subscribers.count(of: "/ok") == 0, "the client followed a redirect")
      let failing = try await test.database.count(Webhooks.count().where(!\.failingSince.isNull))
      #expect(failing == paths.count)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `the last attempt is the end, and its owner can have it sent again`(engine: TestEngine) async throws {
    try await Under.with(engine) { test in
      let webhook = try await test.subscribe("/status/500", to: ["setting.*"])
      try await test.happen()
      try await test.database.run(
        WebhookDeliveries.update(\.attempt <- DeliveryLimits.retrySeconds.count).everyRow())
      try await test.deliver { try await test.row("/status/500")?.status == "failed" }
      let failed = try #require(try await test.row("/status/500"))
      #expect(failed.attempt == 10 && failed.nextAttemptAt == nil)
      let once = OwnedCreation(ownerID: Under.owner, key: nil, now: Under.now)
      #expect(try await test.webhooks.redeliver(failed.id, of: webhook.id + 1, once) == nil)
      let due = try await test.webhooks.redeliver(failed.id, of: webhook.id, once)?.created
      #expect(due?.status == "pending" && due?.attempt == 0 && due?.nextAttemptAt == Under.now)
      try await test.deliver { try await test.row("/status/500")?.attempt == 1 }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func
    `a webhook without a success for three days is switched off with an event, and one that says 410 at once`(
      engine: TestEngine
    ) async throws
  {
    try await Under.with(engine) { test in
      let names = ["/status/500/long", "/status/500/short", "/status/410", "/ok"]
      for name in names { try await test.subscribe(name, to: ["setting.*"]) }
      for (name, seconds) in [(names[0], DeliveryLimits.failingSeconds), (names[1], 60), (names[3], 600_000)]
      {
        try await test.database.run(
          Webhooks.update(\.failingSince <- Under.now.adding(seconds: -seconds))
            .where(\.url == test.subscribers.url(name)))
      }
      try await test.happen()
      try await test.deliver { try await test.rows().values.allSatisfy { $0.first?.responseStatus != nil } }
      let states = try await test.database.all(
        Webhooks.select(\.url, \.active, \.disabledReason, \.failingSince)
      ) {
        (url: $0, active: $1, reason: $2, since: $3)
      }
      let off = states.filter { !$0.active }
      #expect(off.map(\.url).sorted() == [names[2], names[0]].map(test.subscribers.url).sorted())
      #expect(
        off.compactMap(\.reason).sorted() == [
          "no delivery has succeeded for 3 days", "the subscriber answered 410 Gone",
        ])
      #expect(states.first { $0.url.hasSuffix("/ok") }?.since == nil)
      let written = try await test.database.all(
        Events.select(\.subject, \.source).where(\.type == WebhookEventTypes.disabled)
      ) { "\($0) \($1)" }
      #expect(written == ["7 connector", "7 connector"])
      // What waits for a webhook that was switched off is cancelled.
      let waiting = try #require(try await test.row(names[0]))
      try await test.database.run(
        WebhookDeliveries.update(\.nextAttemptAt <- Under.now).where(\.id == waiting.id))
      try await test.deliver { try await test.row(names[0])?.status == "cancelled" }
      let count = test.subscribers.count(of: names[0])
      try await test.happen()
      #expect(try await test.rows()[names[0]]?.count == 1)
      #expect(count == 1)
    }
  }

  @Test func `subscribers that answer slowly get more requests at the same time with each tick`() async throws
  {
    try await Under.with(.sqlite) { test in
      let owners: ClosedRange<Int64> = 1...Int64(4 * DeliveryLimits.startsPerTick)
      for owner in owners { try await test.subscribe("/hang/\(owner)", owner: owner) }
      for owner in owners { try await test.happen(owner: owner) }
      try await test.deliver(test.worker(timeoutSeconds: 60)) {
        test.subscribers.requests.count == owners.count
      }
      // None has ended: each tick let some more begin.
      #expect(
        try await test.rows().values.allSatisfy { $0.allSatisfy { $0.failure == nil && $0.attempt == 1 } })
    }
  }

  @Test func `a worker claims no more than it may begin`() async throws {
    try await Under.with(.sqlite) { test in
      for owner in 1...5 as ClosedRange<Int64> {
        try await test.subscribe("/ok/\(owner)", owner: owner)
        try await test.happen(owner: owner)
      }
      var slots = DeliverySlots()
      for expected in [3, 2, 0] {
        guard case .claimed(let found, let after, nil) = await test.worker().claim(slots, atMost: 3) else {
          throw SupportError("the claim failed")
        }
        #expect(found.count == expected)
        slots = after
      }
      #expect(slots.total == 5)
    }
  }

  @Test func `a private address is refused when sending, also where the URL was admitted before`()
    async throws
  {
    try await Under.with(.sqlite) { test in
      let webhook = try await test.subscribe("/ok", to: ["setting.*"])
      let port = try WebhookURL(webhook.url).port
      // Its owner registered a name that led elsewhere at that time.
      try await test.database.run(
        Webhooks.update(\.url <- "http://localhost:\(port)/ok").where(\.id == webhook.id))
      try await test.happen()
      try await test.deliver(test.worker(exempt: [])) { try await test.row("/ok")?.failure != nil }
      #expect(try await test.row("/ok")?.failure == "No address of the host localhost is admitted.")
      #expect(test.subscribers.requests.isEmpty)
    }
  }
}
