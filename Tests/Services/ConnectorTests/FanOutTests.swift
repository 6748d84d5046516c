import DataAccess
import DatabaseTestSupport
import Schema
import Service
import TestSupport
import Testing

@testable import connector

/// Which events become deliveries, and how many of them may wait.
@Suite struct FanOutTests {
  private typealias Under = DeliveryUnderTest
  private static let bob: Int64 = 8

  @Test(arguments: TestEngine.drivers)
  func `a webhook for which a user's part of the deliveries waits is switched off, and no other one`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let share = DeliveryLimits.pendingPerOwner / 3
      let full = try await test.subscribe("/full", to: ["setting.*"])
      let finished = try await test.subscribe("/finished", to: ["setting.*"])
      let room = try await test.subscribe("/room", to: ["setting.*"])
      let other = try await test.subscribe("/bob", to: ["setting.*"], owner: Self.bob)
      try await Self.fill(full, "pending", share, test)
      try await Self.fill(finished, "delivered", share, test)
      try await Self.fill(room, "pending", share - 1, test)
      let events = [try await test.happen(), try await test.happen(owner: Self.bob)]
      let made = WebhookDeliveries.select(\.webhookID).where(.in(\.eventID, events))
      #expect(try await Set(test.database.all(made, as: { $0 })) == [finished.id, room.id, other.id])
      let stored = try #require(try await test.webhooks.webhook(id: full.id, of: Under.owner))
      #expect(!stored.active && stored.disabledReason == "\(share) deliveries wait, and no more may")
      let disabled = Events.select(\.subject).where(\.type == WebhookEventTypes.disabled)
      #expect(try await test.database.all(disabled, as: { $0 }) == ["\(Under.owner)"])
      // The room of the other one is used up.
      try await test.happen()
      #expect(try await test.webhooks.webhook(id: room.id, of: Under.owner)?.active == false)
      #expect(try await test.webhooks.webhook(id: finished.id, of: Under.owner)?.active == true)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a webhook gets the events since its registration, and none before, by their ids alone`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      for (path, seconds) in [("/ahead", 86_400), ("/behind", -86_400)] as [(String, Int64)] {
        let before = try await test.feed.append("setting.changed", subject: "\(Under.owner)")
        try await test.subscribe(path, to: ["setting.*"], at: Under.now.adding(seconds: seconds))
        let after = try await test.feed.append("setting.changed", subject: "\(Under.owner)")
        try await test.feed.follow(WebhookFanOut(test.database))
        let events = try await test.rows()[path]?.map(\.eventID)
        #expect(events == [after], "\(path): \(before)")
      }
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a webhook that a program without the id has stored gets the events since its moment`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      try await test.feed.append("setting.changed", subject: "\(Under.owner)")
      try await test.subscribe("/ok", to: ["setting.*"])
      try await test.database.run(Webhooks.update(\.registeredAfter <- 0).where(\.ownerID == Under.owner))
      try await test.feed.append(
        "setting.changed", subject: "\(Under.owner)", at: Under.now.adding(seconds: -1))
      let after = try await test.feed.append(
        "setting.changed", subject: "\(Under.owner)", at: Under.now.adding(seconds: 1))
      try await test.feed.follow(WebhookFanOut(test.database))
      #expect(try await test.rows()["/ok"]?.contains { $0.eventID == after } == true)
      #expect(try await test.rows()["/ok"]?.contains { $0.eventID == after - 1 } == false)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an event that is too old for a delivery is counted, and the log names it`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      try await test.subscribe("/ok", to: ["setting.*"])
      let old = try await test.feed.append("setting.changed", subject: "\(Under.owner)")
      try await test.feed.append("setting.changed", subject: "\(Under.owner)")
      let log = LogRecorder()
      let follower = test.feed.follower(logger: log.logger) {
        Under.now.adding(seconds: DeliveryLimits.oldestEventSeconds)
      }
      var (mark, failures) = (try await test.feed.mark(), FeedFollower.Failures())
      _ = try await follower.round(of: WebhookFanOut(test.database), &mark, &failures)
      #expect(log.lines == ["event too old to be handled"] && log.values(of: "event") == ["\(old)"])
      let page = String(decoding: test.feed.metrics.exposition(), as: UTF8.self)
      #expect(page.contains(#"{consumer="webhook-deliveries",outcome="too_old"} 2"#))
    }
  }

  private static func fill(_ webhook: Webhook, _ status: String, _ count: Int, _ test: Under) async throws {
    try await test.database.run(
      WebhookDeliveries.insertMany(
        \.webhookID, \.eventID, \.status,
        rows: (1...count).map { (webhook.id, Int64(1_000_000 + $0), status) }))
  }
}
