import Clock
import DataAccess
import DatabaseTestSupport
import Encoding
import Logging
import Runtime
import Schema
import Secrets
import Service
import TestSupport
import Testing

@testable import connector

/// A migrated database with webhooks of subscribers on loopback.
struct DeliveryUnderTest: Sendable {
  static let owner: Int64 = 7
  static let now = FeedUnderTest.now

  let feed: FeedUnderTest
  let subscribers: Subscribers
  let secrets: WebhookSecretBox
  var database: Database { feed.database }
  var repository: DeliveryRepository {
    DeliveryRepository(
      database: database, events: EventLog(source: "connector", account: "connector-rw"), metrics: metrics)
  }
  var webhooks: WebhookRepository {
    WebhookRepository(
      database: database, events: EventLog(source: "connector", account: "connector-rw"), metrics: metrics)
  }
  private var metrics: DeliveryMetrics { DeliveryMetrics(registry: feed.metrics) }

  static func with(_ engine: TestEngine, _ body: @escaping (DeliveryUnderTest) async throws -> Void)
    async throws
  {
    let secrets = try #require(
      WebhookSecretBox(key: Secret(Base64.encode([UInt8](repeating: 7, count: WebhookSecretBox.keyBytes)))))
    try await FeedUnderTest.with(engine) { feed in
      try await Subscribers.with { subscribers in
        try await body(DeliveryUnderTest(feed: feed, subscribers: subscribers, secrets: secrets))
      }
    }
  }

  @discardableResult
  func subscribe(
    _ path: String, to types: [String] = ["*"], owner: Int64 = owner, at moment: Timestamp = now
  ) async throws -> Webhook {
    let made = try await webhooks.create(
      ownerID: owner, url: subscribers.url(path), sealedSecret: secrets.makeSecret(ownerID: owner).sealed,
      eventTypes: ConnectorRules.eventTypes(types), by: .service, at: moment)
    return try made.item(of: "webhooks")
  }

  /// Records an event about the owner, and makes its deliveries. An engine without a list of open transactions would let
  /// the event wait for minutes, so the event does not come from the feed.
  @discardableResult
  func happen(
    _ type: String = "setting.changed", owner: Int64 = owner, at moment: Timestamp = now
  ) async throws -> Int64 {
    let id = try await feed.append(type, subject: "\(owner)", at: moment)
    let event = FeedEvent(
      id: id, type: type, source: "backend-api", subject: "\(owner)", occurredAt: moment)
    _ = try await WebhookFanOut(database).consume(event, at: moment)
    return id
  }

  func worker(
    at now: Timestamp = now, timeoutSeconds: Int = 10, exempt: Set<String> = ["127.0.0.1"]
  ) -> DeliveryWorker {
    DeliveryWorker(
      deliveries: repository,
      sender: DeliverySender(
        targets: WebhookTargets(exempt: exempt), secrets: secrets, timeoutSeconds: timeoutSeconds),
      metrics: metrics, logger: .silent, currentTime: { now })
  }

  /// Runs a worker until the condition holds.
  func deliver(
    _ worker: DeliveryWorker? = nil, until condition: @escaping () async throws -> Bool
  ) async throws {
    let worker = worker ?? self.worker()
    let loop = database.loop
    subscribers.hold(true)
    let task = Task { await worker.run(on: loop) }
    let holds = try await eventually(condition)
    task.cancel()
    subscribers.hold(false)
    await task.value
    let rows = try await rows()
    #expect(holds, "\(rows)")
  }

  /// The deliveries of the events of one type, by the path of the webhook.
  func rows(of type: String = "setting.changed") async throws -> [String: [WebhookDelivery]] {
    let events = try await database.all(Events.select(\.id).where(\.type == type), as: { $0 })
    var rows: [String: [WebhookDelivery]] = [:]
    for (id, url) in try await database.all(Webhooks.select(\.id, \.url), as: { ($0, $1) }) {
      let path = String(url.drop { $0 != ":" }.dropFirst(3).drop { $0 != "/" })
      rows[path] = try await webhooks.deliveries(of: id, after: nil, limit: 1000).items.filter {
        events.contains($0.eventID)
      }
    }
    return rows
  }

  func row(_ path: String) async throws -> WebhookDelivery? { try await rows()[path]?.first }
}
