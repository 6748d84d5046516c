import DataAccess
import DatabaseTestSupport
import JSON
import Schema
import Service
import Testing

@testable import connector

/// What a deleted user has left at the connector is removed through the event log.
@Suite struct DeletedUserTests {
  private static let (ada, bob): (Int64, Int64) = (1, 2)

  private func sweeps(_ feed: FeedUnderTest) -> [any FeedConsumer] {
    DeletedUsers.sweeps(
      OwnerRepository(database: feed.database, events: EventLog(source: "connector", account: "connector-rw"))
    )
  }

  @Test(arguments: TestEngine.drivers)
  func `a deleted user's integrations, webhooks and deliveries are removed, and nothing of another user`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      for owner in [Self.ada, Self.bob] { try await Self.fill(feed.database, owner: owner) }
      try await feed.append("user.deleted", subject: "\(Self.ada)")
      try await feed.follow(sweeps(feed)[0])
      #expect(try await Self.rows(of: Self.ada, in: feed.database) == [0, 0])
      #expect(try await Self.rows(of: Self.bob, in: feed.database) == [3, 2])
      #expect(try await feed.database.count(WebhookDeliveries.count()) == 2 * 700)
      let written = try await feed.database.all(
        Events.select(\.subject, \.payload).where(\.type == "owner.removed")
      ) { ($0, try? JSONCoding.decode([String: Int].self, from: Array($1.text.utf8))) }
      #expect(written.map(\.0) == ["1"])
      #expect(written.first?.1 == ["deliveries": 1400, "integrations": 3, "webhooks": 2])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a row that a believed token added after the first sweep is removed by the second one`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      let sweeps = sweeps(feed)
      try await feed.append("user.deleted", subject: "\(Self.ada)")
      for sweep in sweeps { try await feed.follow(sweep) }
      try await Self.fill(feed.database, owner: Self.ada)
      for sweep in sweeps { try await feed.follow(sweep) }
      #expect(try await Self.rows(of: Self.ada, in: feed.database) == [3, 2])
      let later = FeedUnderTest.now.adding(seconds: DeletedUsers.secondSweepSeconds)
      for sweep in sweeps { try await feed.follow(sweep, at: later) }
      #expect(try await Self.rows(of: Self.ada, in: feed.database) == [0, 0])
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a removal that stopped in the middle is finished by the next attempt`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      try await Self.fill(feed.database, owner: Self.ada)
      let ids = try await feed.database.all(WebhookDeliveries.select(\.id).limit(100), as: { $0 })
      try await feed.database.run(WebhookDeliveries.delete().where(.in(\.id, ids)))
      try await feed.database.run(Integrations.delete().where(\.ownerID == Self.ada))
      try await feed.append("user.deleted", subject: "\(Self.ada)")
      try await feed.follow(sweeps(feed)[0])
      #expect(try await Self.rows(of: Self.ada, in: feed.database) == [0, 0])
      #expect(try await feed.database.count(WebhookDeliveries.count()) == 0)
    }
  }

  @Test(arguments: TestEngine.drivers)
  func `a deletion by another service, or of no user, removes nothing`(
    engine: TestEngine
  ) async throws {
    try await FeedUnderTest.with(engine) { feed in
      try await Self.fill(feed.database, owner: Self.ada)
      try await feed.append("user.deleted", subject: "1", source: "twitch-trigger")
      let nameless = try await feed.append("user.deleted", subject: "ada")
      try await feed.follow(sweeps(feed)[0])
      #expect(try await Self.rows(of: Self.ada, in: feed.database) == [3, 2])
      #expect(try await feed.setAside().keys.sorted() == [nameless])
    }
  }

  /// Three integrations, and two webhooks with 700 deliveries each: more than one transaction removes.
  private static func fill(_ database: Database, owner: Int64) async throws {
    let now = FeedUnderTest.now
    for number in 0..<3 {
      try await database.run(
        Integrations.insert(
          \.ownerID <- owner, \.provider <- "github", \.externalAccount <- "\(number)",
          \.status <- "active", \.config <- .emptyObject, \.createdAt <- now, \.updatedAt <- now))
    }
    for _ in 0..<2 {
      let webhook = try await database.insert(
        Webhooks.insert(
          \.ownerID <- owner, \.url <- "https://example.org", \.secret <- "sealed",
          \.eventTypes <- .emptyObject,
          \.active <- true, \.createdAt <- now, \.updatedAt <- now),
        returning: \.id)
      try await database.run(
        WebhookDeliveries.insertMany(\.webhookID, \.eventID, rows: (1...700).map { (webhook, Int64($0)) }))
    }
  }

  private static func rows(of owner: Int64, in database: Database) async throws -> [Int] {
    [
      try await database.count(Integrations.count().where(\.ownerID == owner)),
      try await database.count(Webhooks.count().where(\.ownerID == owner)),
    ]
  }
}
