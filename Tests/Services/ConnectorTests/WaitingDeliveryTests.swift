import DataAccess
import DatabaseTestSupport
import Schema
import Service
import Testing

@testable import connector

/// What waits for a webhook that is switched off, is switched on again, or gets another URL.
@Suite struct WaitingDeliveryTests {
  private typealias Under = DeliveryUnderTest
  private typealias Status = DeliveryRepository.Status
  private static let tomorrow = Under.now.adding(seconds: 86_400)

  @Test(arguments: TestEngine.drivers)
  func `a webhook that was switched off for what waits gets events again once it is switched on`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let share = DeliveryLimits.pendingPerOwner / 5
      let full = try await test.subscribe("/ok", to: ["setting.*"])
      for number in 2...5 { try await test.subscribe("/ok/\(number)", to: ["user.*"]) }
      try await Self.fill(full, share, test)
      try await test.happen()
      #expect(try await test.webhooks.webhook(id: full.id, of: Under.owner)?.active == false)
      #expect(try await Self.count(full, Status.cancelled, test) == share)
      #expect(try await Self.count(full, Status.pending, test) == 0)
      // A connector that stopped in the middle of it has left them.
      try await test.database.run(
        WebhookDeliveries.update(\.status <- Status.pending, \.nextAttemptAt <- Self.tomorrow)
          .where(\.webhookID == full.id))
      _ = try await Self.change(full, WebhookChanges(active: true), test)
      let page = String(decoding: test.feed.metrics.exposition(), as: UTF8.self)
      #expect(page.contains(#"webhook_deliveries_total{outcome="cancelled"} \#(share)"#))
      let event = try await test.happen()
      #expect(try await test.webhooks.webhook(id: full.id, of: Under.owner)?.active == true)
      let waiting = WebhookDeliveries.select(\.eventID).where(
        \.webhookID == full.id && \.status == Status.pending)
      #expect(try await test.database.all(waiting, as: { $0 }) == [event])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `what waits is cancelled when the owner switches a webhook off, and stays where it is on`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let (off, on) = (try await test.subscribe("/off"), try await test.subscribe("/on"))
      for webhook in [off, on] { try await Self.fill(webhook, 3, test) }
      _ = try await Self.change(on, WebhookChanges(active: true), test)
      _ = try await Self.change(off, WebhookChanges(active: false), test)
      #expect(try await Self.count(off, Status.cancelled, test) == 3)
      #expect(try await Self.count(on, Status.pending, test) == 3)
      let strange = try await test.webhooks.update(
        id: off.id, of: Under.owner + 1, WebhookChanges(active: true), by: .service, at: Under.now)
      #expect(strange.made == nil)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `another URL ends the pauses of what waits, and a last attempt begins again`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let (moved, other) = (try await test.subscribe("/former"), try await test.subscribe("/other"))
      let rows = WaitingDeliveries.rowsPerTransaction + 1
      for webhook in [moved, other] { try await Self.fill(webhook, rows, test) }
      try await test.database.run(
        WebhookDeliveries.update(\.attempt <- DeliveryLimits.attempts).where(\.eventID == 1_000_001))
      let url = test.subscribers.url("/ok")
      #expect(try await Self.change(moved, WebhookChanges(url: url), test).made?.url == url)
      let states = try await test.database.all(
        WebhookDeliveries.select(\.webhookID, \.nextAttemptAt, \.attempt, \.eventID)
      ) { (webhook: $0, due: $1, attempt: $2, event: $3) }
      #expect(states.filter { $0.due == Under.now }.count == rows)
      #expect(states.allSatisfy { ($0.due == Under.now) == ($0.webhook == moved.id) })
      for state in states where state.event == 1_000_001 {
        #expect(state.attempt == (state.webhook == moved.id ? 0 : DeliveryLimits.attempts))
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a late result of a former URL neither switches the webhook off nor counts for its health`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let gone = DeliveryOutcome.refused(
        DeliveryOutcome.Answer(status: 410, body: ""), retryAfterSeconds: nil)
      let done = DeliveryOutcome.delivered(DeliveryOutcome.Answer(status: 200, body: ""))
      let since = Under.now.adding(seconds: -60)
      for (path, outcome, failing) in [
        ("/gone", gone, nil), ("/failed", .failed("no answer"), nil), ("/done", done, since),
      ] as [(String, DeliveryOutcome, Timestamp?)] {
        let webhook = try await test.subscribe(path, to: ["setting.*"], owner: 100)
        let mine = \Webhooks.id == webhook.id
        try await test.database.run(Webhooks.update(\.failingSince <- failing).where(mine))
        try await test.happen(owner: 100)
        var slots = DeliverySlots()
        let claim = try await test.repository.claim(&slots, at: Under.now, leaseSeconds: 30)
        let delivery = try #require(claim.deliveries.first { $0.webhook.id == webhook.id })
        _ = try await test.webhooks.update(
          id: webhook.id, of: 100, WebhookChanges(url: test.subscribers.url("/new\(path)")), by: .service,
          at: Under.now)
        try await test.database.run(Webhooks.update(\.failingSince <- failing).where(mine))
        try await test.repository.record([
          DeliveryRepository.Result(
            delivery: delivery, outcome: outcome, endedAt: Under.now, pauseSeconds: nil)
        ])
        let state = try await test.database.first(Webhooks.select(\.active, \.failingSince).where(mine)) {
          "\($0) \($1 == failing)"
        }
        #expect(state == "true true", "\(path)")
        // What the former URL does not want goes to the new one.
        let row = try #require(try await test.row("/new\(path)"))
        if path == "/gone" { #expect(row.status == Status.pending && row.nextAttemptAt == Under.now) }
        try await test.database.run(
          WebhookDeliveries.update(\.status <- Status.delivered, \.nextAttemptAt <- nil).everyRow())
        _ = try await test.webhooks.delete(id: webhook.id, of: 100, by: .service, at: Under.now)
      }
    }
  }

  private static func fill(_ webhook: Webhook, _ count: Int, _ test: Under) async throws {
    try await test.database.run(
      WebhookDeliveries.insertMany(
        \.webhookID, \.eventID, \.status, \.nextAttemptAt,
        rows: (1...count).map { (webhook.id, Int64(1_000_000 + $0), Status.pending, Optional(tomorrow)) }))
  }

  private static func change(
    _ webhook: Webhook, _ changes: WebhookChanges, _ test: Under
  ) async throws -> Change<Webhook> {
    try await test.webhooks.update(id: webhook.id, of: Under.owner, changes, by: .service, at: Under.now)
  }

  private static func count(_ webhook: Webhook, _ status: String, _ test: Under) async throws -> Int {
    try await test.database.count(
      WebhookDeliveries.count().where(\.webhookID == webhook.id && \.status == status))
  }
}
