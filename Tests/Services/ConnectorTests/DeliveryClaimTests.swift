import Clock
import DataAccess
import DatabaseTestSupport
import Runtime
import Schema
import Service
import TestSupport
import Testing

@testable import connector

/// Workers share the table of deliveries.
@Suite struct DeliveryClaimTests {
  private typealias Under = DeliveryUnderTest
  private static let lease: Int64 = 22

  /// When another worker takes over what one with an attempt has claimed, at the latest: jitter makes the pause longer.
  private static func takeOver(after attempt: Int, from now: Timestamp) -> Timestamp {
    now.adding(seconds: lease + (DeliveryLimits.pauseSeconds(after: attempt) { $0.upperBound } ?? 0))
  }

  @Test(arguments: TestEngine.drivers)
  func `of several workers each claims other rows`(engine: TestEngine) async throws {
    try await Under.with(engine) { test in
      for number in 0..<40 {
        try await test.subscribe("/ok/\(number)", to: ["setting.*"], owner: Int64(number + 1))
      }
      for number in 0..<40 { try await test.happen(owner: Int64(number + 1)) }
      let claimed = try await withThrowingTaskGroup(of: [Int64].self) { group in
        for _ in 0..<6 {
          group.addTask {
            var slots = DeliverySlots()
            var ids: [Int64] = []
            for _ in 0..<3 {
              let claim = try await test.repository.claim(&slots, at: Under.now, leaseSeconds: Self.lease)
              ids += claim.deliveries.map(\.id)
            }
            return ids
          }
        }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(claimed.count == 40 && Set(claimed).count == 40)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a delivery whose worker died is taken over after lease and pause, and a late result changes nothing`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      try await test.subscribe("/ok", to: ["setting.*"])
      try await test.happen()
      var slots = DeliverySlots()
      let first = try await test.repository.claim(&slots, at: Under.now, leaseSeconds: Self.lease)
      let lost = try #require(first.deliveries.first)
      #expect(lost.attempt == 1)
      slots = DeliverySlots()
      let early = Under.now.adding(seconds: Self.lease + 1)
      #expect(try await test.repository.claim(&slots, at: early, leaseSeconds: Self.lease).deliveries.isEmpty)
      let later = Self.takeOver(after: 1, from: Under.now)
      let taken = try await test.repository.claim(&slots, at: later, leaseSeconds: Self.lease)
      #expect(taken.deliveries.map(\.attempt) == [2])
      try await test.repository.record([Self.result(of: lost, .failed("late"), at: later)])
      #expect(try await test.row("/ok")?.failure == nil)
      let answer = DeliveryOutcome.Answer(status: 204, body: "")
      try await test.repository.record([
        Self.result(of: try #require(taken.deliveries.first), .delivered(answer), at: later)
      ])
      #expect(try await test.row("/ok")?.status == "delivered")
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a worker does not claim a delivery that it still sends, however long ago its lease has ended`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      for path in ["/ok/1", "/ok/2"] { try await test.subscribe(path, to: ["setting.*"]) }
      try await test.happen()
      var slots = DeliverySlots()
      let first = try await test.repository.claim(
        &slots, at: Under.now, leaseSeconds: Self.lease, atMost: 1)
      let later = Self.takeOver(after: 1, from: Under.now)
      let second = try await test.repository.claim(&slots, at: later, leaseSeconds: Self.lease)
      #expect(first.deliveries.map(\.attempt) == [1] && second.deliveries.map(\.attempt) == [1])
      #expect(slots.running == Set((first.deliveries + second.deliveries).map(\.id)))
      slots.running.removeAll()
      let last = try await test.repository.claim(&slots, at: later, leaseSeconds: Self.lease)
      #expect(last.deliveries.map(\.id) == first.deliveries.map(\.id))
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a delivery that a wrong clock put off for longer than any pause becomes due, and no other one`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      for path in ["/ok/1", "/ok/2"] { try await test.subscribe(path, to: ["setting.*"]) }
      try await test.happen()
      let ids = try await test.rows().compactMapValues(\.first?.id)
      let latest = Under.now.adding(seconds: DeliveryLimits.latestDueSeconds)
      for (path, due) in [("/ok/1", latest), ("/ok/2", latest.adding(seconds: 1))] {
        let id = try #require(ids[path])
        try await test.database.run(WebhookDeliveries.update(\.nextAttemptAt <- due).where(\.id == id))
      }
      try await test.deliver { try await test.row("/ok/2")?.status == "delivered" }
      #expect(try await test.row("/ok/1")?.nextAttemptAt == latest)
      #expect(test.subscribers.count(of: "/ok/1") == 0)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a claim takes as many deliveries as it may, and leaves the others due`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      for number in 1...5 { try await test.subscribe("/ok/\(number)", to: ["setting.*"]) }
      try await test.happen()
      var slots = DeliverySlots()
      for expected in [2, 2, 1, 0] {
        let claim = try await test.repository.claim(
          &slots, at: Under.now, leaseSeconds: Self.lease, atMost: 2)
        #expect(claim.deliveries.count == expected)
      }
      #expect(slots.total == 5)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `only the events of owners with an active webhook need handling`(engine: TestEngine) async throws {
    try await Under.with(engine) { test in
      let (active, inactive, last): (Int64, Int64, Int64) = (7, 8, 250)
      for owner in [active, inactive, last] { try await test.subscribe("/ok/\(owner)", owner: owner) }
      try await test.database.run(Webhooks.update(\.active <- false).where(\.ownerID == inactive))
      // More owners than one statement names.
      let events = (1...last).map { owner in
        FeedEvent(
          id: 1_000 + owner, type: "setting.changed",
          source: owner == active + 2 ? "connector" : "backend-api",
          subject: "\(owner)", occurredAt: Under.now)
      }
      let fanOut = WebhookFanOut(test.database)
      #expect(try await fanOut.concerned(by: events) == [1_000 + active, 1_000 + last])
      #expect(try await fanOut.concerned(by: []) == [])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `an event that is handled twice makes its deliveries once`(engine: TestEngine) async throws {
    try await Under.with(engine) { test in
      try await test.subscribe("/ok", to: ["setting.*"])
      try await test.happen()
      let answer = DeliveryOutcome.Answer(status: 204, body: "")
      var slots = DeliverySlots()
      let claim = try await test.repository.claim(&slots, at: Under.now, leaseSeconds: Self.lease)
      try await test.repository.record(
        claim.deliveries.map { Self.result(of: $0, .delivered(answer), at: Under.now) })
      // Another process, or this one after a crash, gets the event from the feed.
      try await test.feed.follow(WebhookFanOut(test.database), at: Under.now)
      #expect(try await test.rows()["/ok"]?.map(\.status) == ["delivered"])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a webhook that is removed while an event fans out takes no delivery from the others`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      try await test.subscribe("/ok/kept", to: ["setting.*"])
      let removed = try await test.subscribe("/ok/removed", to: ["setting.*"])
      let fanOut = try await test.database.transaction { transaction throws(DatabaseError) in
        try await transaction.run(Webhooks.delete().where(\.id == removed.id))
        let fanOut = Task { try await test.happen() }
        // Time to read the webhooks, of which the removed one is still visible.
        await test.database.loop.sleep(milliseconds: 300)
        return fanOut
      }
      _ = try await fanOut.value
      #expect(try await test.rows().mapValues(\.count) == ["/ok/kept": 1])
    }
  }

  @Test(arguments: TestEngine.drivers, [true, false])
  func `a webhook to which an event fans out meanwhile is removed with the delivery`(
    engine: TestEngine, isByUser: Bool
  ) async throws {
    try await Under.with(engine) { test in
      let webhook = try await test.subscribe("/ok")
      let removal = try await test.database.transaction { transaction throws(DatabaseError) in
        let row = Webhooks.select(\.id).where(\.id == webhook.id)
        _ = try await transaction.first(row.forUpdate(), as: { $0 })
        try await transaction.run(
          WebhookDeliveries.insert(
            \.webhookID <- webhook.id, \.eventID <- 1, \.status <- "pending", \.nextAttemptAt <- Under.now,
            \.updatedAt <- Under.now))
        let removal = Task {
          guard isByUser else {
            let owners = OwnerRepository(database: test.database, events: test.repository.events)
            _ = try await owners.removeEverything(of: Under.owner, at: Under.now)
            return
          }
          _ = try await test.webhooks.delete(id: webhook.id, of: Under.owner, by: .service, at: Under.now)
        }
        // Time to remove the deliveries, of which the new one is not visible yet.
        await test.database.loop.sleep(milliseconds: 300)
        return removal
      }
      try await removal.value
      #expect(try await test.rows().isEmpty)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a long queue of one owner hides no other owner's row, and failing webhooks hide none of the others`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let types = try ConnectorRules.eventTypes(["setting.*"])
      let fill = (0..<ConnectorRules.maximumWebhooks).map { number in
        (Under.owner, "https://example.org/\(number)", "sealed", types, Under.now, Under.now)
      }
      try await test.database.run(
        Webhooks.insertMany(
          \.ownerID, \.url, \.secret, \.eventTypes, \.createdAt, \.updatedAt, rows: fill))
      let other = try await test.subscribe("/ok", to: ["setting.*"], owner: 8)
      let later = Under.now.adding(seconds: 1)
      for _ in 0..<3 { try await test.happen() }
      try await test.happen(owner: 8, at: later)
      var slots = DeliverySlots()
      let first = try await test.repository.claim(&slots, at: later, leaseSeconds: Self.lease)
      #expect(first.deliveries.count == 16 && first.isFull)
      let second = try await test.repository.claim(&slots, at: later, leaseSeconds: Self.lease)
      #expect(second.deliveries.map(\.webhook.id) == [other.id])

      let afterLease = Self.takeOver(after: 1, from: later)
      try await test.database.run(
        Webhooks.update(\.failingSince <- later).where(\.ownerID == Under.owner))
      slots = DeliverySlots()
      for number in 1...Int64(DeliveryLimits.runningFailing) {
        _ = slots.take(webhook: -number, owner: -number, isFailing: true)
      }
      #expect(slots.excludesFailing)
      let third = try await test.repository.claim(&slots, at: afterLease, leaseSeconds: Self.lease)
      #expect(third.deliveries.map(\.webhook.id) == [other.id])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a delivery whose last attempt ended without a result is given up, and may be sent again`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      let webhook = try await test.subscribe("/ok", to: ["setting.*"])
      try await test.happen()
      var now = Under.now
      for attempt in 1...DeliveryLimits.attempts {
        var slots = DeliverySlots()
        let claim = try await test.repository.claim(&slots, at: now, leaseSeconds: Self.lease)
        #expect(claim.deliveries.map(\.attempt) == [attempt] && claim.givenUp == 0)
        now = Self.takeOver(after: attempt, from: now)
      }
      var slots = DeliverySlots()
      let last = try await test.repository.claim(&slots, at: now, leaseSeconds: Self.lease)
      #expect(last.deliveries.isEmpty && last.givenUp == 1 && slots.total == 0)
      let row = try #require(try await test.row("/ok"))
      #expect(row.status == "failed" && row.nextAttemptAt == nil && row.failure != nil)
      let request = OwnedCreation(ownerID: Under.owner, key: nil, now: now)
      #expect(try await test.webhooks.redeliver(row.id, of: webhook.id, request) != nil)
      let again = try await test.repository.claim(&slots, at: now, leaseSeconds: Self.lease)
      #expect(again.deliveries.map(\.attempt) == [1])
      #expect(again.deliveries.first?.webhook.failingSince == now)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `no event of another's, of another service, from before the webhook or of long ago is delivered`(
    engine: TestEngine
  ) async throws {
    try await Under.with(engine) { test in
      try await test.subscribe("/ok")
      let fanOut = WebhookFanOut(test.database)
      // A channel of a platform may have the number of a user.
      try await test.feed.append("setting.changed", subject: "7", source: "twitch-trigger")
      try await test.feed.append("setting.changed", subject: "8")
      try await test.feed.append("setting.changed", subject: "07x")
      try await test.feed.append("setting.changed", subject: "7", at: Under.now.adding(seconds: -1))
      try await test.feed.follow(fanOut)
      #expect(try await test.rows()["/ok"]?.isEmpty == true)
      try await test.feed.append("setting.changed", subject: "7")
      try await test.feed.follow(fanOut, at: Under.now.adding(seconds: DeliveryLimits.oldestEventSeconds))
      #expect(try await test.rows()["/ok"]?.isEmpty == true)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a test event goes to its webhook alone, and no subscription to it exists`(engine: TestEngine)
    async throws
  {
    try await Under.with(engine) { test in
      let webhook = try await test.subscribe("/ok/tested", to: ["user.updated"])
      try await test.subscribe("/ok/other")
      let request = OwnedCreation(ownerID: Under.owner, key: nil, now: Under.now)
      #expect(try await test.webhooks.requestTest(of: webhook, by: .service, request) != nil)
      try await test.feed.follow(WebhookFanOut(test.database))
      let rows = try await test.rows(of: WebhookEventTypes.test)
      #expect(rows["/ok/tested"]?.count == 1 && rows["/ok/other"]?.isEmpty == true)
      let nameless = try await test.feed.append(
        WebhookEventTypes.test, subject: "\(Under.owner)", source: "connector")
      try await test.feed.follow(WebhookFanOut(test.database))
      #expect(try await test.feed.setAside() == [nameless: "the payload names no webhook"])
    }
  }

  private static func result(
    of delivery: DueDelivery, _ outcome: DeliveryOutcome, at moment: Timestamp
  ) -> DeliveryRepository.Result {
    DeliveryRepository.Result(delivery: delivery, outcome: outcome, endedAt: moment, pauseSeconds: 5)
  }
}
