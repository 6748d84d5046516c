import DataAccess
import Schema
import TestSupport
import Testing

@testable import connector

/// What a worker does next, without a database and without a clock.
@Suite struct DeliveryRoundTests {
  private static let perTick = DeliveryLimits.startsPerTick
  private static let outage = DatabaseError(.connectionLost, detail: "the server is away")
  /// Failures in a row until the pause is the longest one, which jitter can halve.
  private static let manyFailures = 10
  private static let longPauses: ClosedRange<UInt64> = 15_000_000_000...30_000_000_000

  @Test func `a worker begins with the starts of one tick, and each tick brings as many`() throws {
    let work = Work()
    work.wake(.ended)
    #expect(work.most == nil)
    work.wake(.tick)
    #expect(work.most == Self.perTick)
    try work.finishClaim(healthy: Self.perTick)
    #expect(work.most == nil && work.running.count == Self.perTick)
    // None has ended.
    for _ in 1...3 {
      work.wake(.tick)
      #expect(work.most == Self.perTick)
      try work.finishClaim(healthy: Self.perTick)
    }
    #expect(work.running.count == 4 * Self.perTick)
  }

  @Test func `each recorded result of a healthy webhook lets one request begin`() throws {
    let work = Work()
    work.wake(.tick)
    try work.finishClaim(healthy: Self.perTick)
    work.end(Self.perTick - 1)
    #expect(work.recording?.count == Self.perTick - 1 && work.most == nil)
    try work.finishRecord()
    #expect(work.most == nil, "a claim for so few")
    work.end(1)
    #expect(work.most == nil, "the result is not recorded yet")
    try work.finishRecord()
    #expect(work.most == Self.perTick)
  }

  @Test func `requests to failing webhooks use no starts and bring none`() throws {
    let work = Work()
    work.wake(.tick)
    try work.finishClaim(healthy: 1, failing: 3 * Self.perTick)
    work.end(1 + 3 * Self.perTick)
    try work.finishRecord()
    #expect(work.most == nil)
    work.wake(.tick)
    #expect(work.most == Self.perTick + 1 && work.slots?.total == 0 && work.slots?.running == [])
  }

  @Test func `what a claim did not use stays until the next tick`() throws {
    let work = Work()
    work.wake(.tick)
    try work.finishClaim(healthy: Self.perTick)
    work.wake(.tick)
    work.end(Self.perTick)
    try work.finishRecord()
    try work.finishClaim(healthy: 1)
    #expect(work.most == 2 * Self.perTick - 1)
    try work.finishClaim()
    #expect(work.most == nil, "a claim follows one that found nothing")
    work.wake(.tick)
    #expect(work.most == Self.perTick, "a worker without work gathers starts")
  }

  @Test func `a failed claim waits for its time, and then the worker goes on with each tick`() throws {
    let work = Work()
    work.wake(.tick)
    for _ in 1...Self.manyFailures {
      try work.finishClaim(failure: Self.outage)
      let retryAt = try #require(work.round.retryAt)
      for moment in [work.now + 1, retryAt - 1] {
        work.now = moment
        work.wake(.tick)
        #expect(work.most == nil && work.recording == nil)
      }
      work.now = retryAt
      work.wake(.ended)
      #expect(work.most == nil, "only a tick tries again")
      work.wake(.tick)
      #expect(work.most == Self.perTick && work.round.retryAt == nil)
    }
    // The database is back, and the endpoints hang.
    for count in 1...3 {
      try work.finishClaim(healthy: Self.perTick)
      #expect(work.running.count == count * Self.perTick)
      work.wake(.tick)
      #expect(work.most == Self.perTick)
    }
    try work.finishClaim(failure: Self.outage)
    let pause = try #require(work.round.retryAt) - work.now
    #expect(pause <= UInt64(DeliveryLimits.idleMilliseconds) * 1_000_000, "the pauses did not begin anew")
  }

  @Test func `a failed record is tried again alone, so that no request begins that would be repeated`() throws
  {
    let work = Work()
    work.wake(.tick)
    try work.finishClaim(healthy: Self.perTick)
    work.end(2)
    for _ in 1..<Self.manyFailures {
      try work.finishRecord(failure: Self.outage)
      #expect(work.recording == nil && work.most == nil)
      work.now = try #require(work.round.retryAt)
      work.wake(.tick)
      #expect(work.recording?.count == 2 && work.most == nil)
    }
    try work.finishRecord(failure: Self.outage)
    #expect(Self.longPauses.contains(try #require(work.round.retryAt) - work.now))
    work.now = try #require(work.round.retryAt)
    work.wake(.tick)
    try work.finishRecord()
    #expect(work.most == nil, "the outage gathered starts")
    work.wake(.tick)
    #expect(work.most == Self.perTick + 2)
  }

  /// A record has failed while a claim runs.
  private static func afterFailedRecord() throws -> (Work, retryAt: UInt64) {
    let work = Work()
    work.wake(.tick)
    try work.finishClaim(healthy: perTick)
    work.wake(.tick)
    work.end(1)
    try work.finishRecord(failure: outage)
    return (work, try #require(work.round.retryAt))
  }

  @Test func `a claim that succeeds does not shorten the pauses of a failed record`() throws {
    let (work, retryAt) = try Self.afterFailedRecord()
    try work.finishClaim()
    #expect(work.round.retryAt == retryAt)
  }

  @Test func `a claim and a record that fail together are one failure`() throws {
    let (work, retryAt) = try Self.afterFailedRecord()
    work.now += 1
    try work.finishClaim(failure: Self.outage)
    #expect(work.round.retryAt == retryAt)
  }

  @Test func `a record that succeeds ends the pause, also while further results wait`() throws {
    let work = Work()
    for _ in 1...Self.manyFailures {
      work.wake(.tick)
      try work.finishClaim(healthy: Self.perTick)
    }
    work.end(1)
    for _ in 1...Self.manyFailures {
      work.wake(.tick)
      work.end(1)
      try work.finishClaim(failure: Self.outage)
      let pause = try #require(work.round.retryAt) - work.now
      #expect(pause <= UInt64(DeliveryLimits.idleMilliseconds) * 1_000_000, "failures far apart add up")
      try work.finishRecord()
      #expect(work.round.retryAt == nil && work.recording?.count == 1)
    }
  }

  @Test func `a record goes first, and results that come while one runs wait for it together`() throws {
    let work = Work()
    work.wake(.tick)
    try work.finishClaim(healthy: Self.perTick)
    work.end(1)
    let first = try #require(work.recording)
    for _ in 1...2 { work.end(1) }
    #expect(work.recording?.map(\.delivery.id) == first.map(\.delivery.id))
    work.wake(.tick)
    #expect(work.most == nil, "a claim begins before a record")
    try work.finishRecord()
    #expect(work.recording?.count == 2 && work.most == Self.perTick + 1)
  }

  @Test func `what is recorded while a claim has the slots gives its own back after it`() throws {
    let work = Work()
    work.wake(.tick)
    try work.finishClaim(healthy: Self.perTick)
    work.wake(.tick)
    #expect(work.slots?.total == Self.perTick)
    work.end(Self.perTick)
    try work.finishRecord()
    try work.finishClaim(failing: 1)
    #expect(work.slots?.total == 1)
  }

  @Test func `a claim that fails after it has taken some sends these`() throws {
    let work = Work()
    work.wake(.tick)
    try work.finishClaim(healthy: 2, failure: Self.outage)
    #expect(work.running.count == 2 && work.most == nil)
  }
}

/// A round whose claims find what a test says, each delivery for a webhook and a user of its own.
private final class Work {
  var round = DeliveryRound()
  var now: UInt64 = 1
  private(set) var running: [DueDelivery] = []
  private(set) var recording: [DeliveryRound.Result]?
  private var claim: (slots: DeliverySlots, most: Int)?
  private var lastID: Int64 = 0

  /// How many requests to healthy webhooks the running claim may begin; nil where none runs.
  var most: Int? { claim?.most }
  var slots: DeliverySlots? { claim?.slots }

  func wake(_ wake: DeliveryRound.Wake, ended: [DeliveryRound.Result] = []) {
    for action in round.actions(after: wake, ended: ended, at: now) {
      switch action {
      case .send(let delivery): running.append(delivery)
      case .record(let results): recording = results
      case .claim(let slots, let most): claim = (slots, most)
      }
    }
  }

  func finishClaim(healthy: Int = 0, failing: Int = 0, failure: DatabaseError? = nil) throws {
    guard var slots = claim?.slots else { throw SupportError("no claim runs") }
    claim = nil
    var deliveries: [DueDelivery] = []
    for number in 0..<healthy + failing {
      let delivery = due(isFailing: number >= healthy)
      let hasSlot = slots.take(
        webhook: delivery.webhook.id, owner: delivery.webhook.ownerID, isFailing: delivery.webhook.isFailing)
      slots.running.insert(delivery.id)
      #expect(hasSlot)
      deliveries.append(delivery)
    }
    wake(.claimed(deliveries, slots, failure: failure))
  }

  /// Lets the oldest requests end.
  func end(_ count: Int) {
    let results = running.prefix(count).map { delivery in
      DeliveryRound.Result(
        delivery: delivery, outcome: .delivered(.init(status: 204, body: "")), endedAt: DeliveryUnderTest.now,
        pauseSeconds: nil)
    }
    running.removeFirst(count)
    wake(.ended, ended: results)
  }

  func finishRecord(failure: DatabaseError? = nil) throws {
    guard let results = recording else { throw SupportError("no record runs") }
    recording = nil
    wake(.recorded(results, failure: failure))
  }

  private func due(isFailing: Bool) -> DueDelivery {
    lastID += 1
    return DueDelivery(
      id: lastID, attempt: 1,
      webhook: DueDelivery.Target(
        id: lastID, ownerID: lastID, url: "https://example.org", storedSecret: "sealed", active: true,
        failingSince: isFailing ? DeliveryUnderTest.now : nil),
      event: nil)
  }
}
