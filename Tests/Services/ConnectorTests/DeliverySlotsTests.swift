import Testing

@testable import connector

@Suite struct DeliverySlotsTests {
  private func take(_ slots: inout DeliverySlots, _ webhook: Int64, owner: Int64, failing: Bool = false)
    -> Bool
  {
    slots.take(webhook: webhook, owner: owner, isFailing: failing)
  }

  @Test func `a webhook, a failing webhook, a user and the process have limits of their own`() {
    var slots = DeliverySlots()
    let perWebhook = (0..<9).count { _ in take(&slots, 1, owner: 1) }
    #expect(perWebhook == DeliveryLimits.runningPerWebhook)
    let failing = (0..<9).count { _ in take(&slots, 2, owner: 1, failing: true) }
    #expect(failing == DeliveryLimits.runningPerFailingWebhook)
    for webhook in 3...40 as ClosedRange<Int64> { _ = take(&slots, webhook, owner: 1) }
    #expect(slots.total == 16)
    for owner in 2...100 as ClosedRange<Int64> { _ = take(&slots, 100 + owner, owner: owner) }
    #expect(slots.total == DeliveryLimits.running && slots.room == 0)
  }

  @Test func `a webhook without a slot is not looked at until one of its own, or of its owner, is free`() {
    var slots = DeliverySlots()
    #expect(take(&slots, 1, owner: 1, failing: true) && !take(&slots, 1, owner: 1, failing: true))
    #expect(slots.excludedWebhooks == [1])
    slots.release(webhook: 1, owner: 1)
    #expect(slots.excludedWebhooks.isEmpty && slots.total == 0)
    for webhook in 1...17 as ClosedRange<Int64> { _ = take(&slots, webhook, owner: 1) }
    #expect(slots.excludedOwners == [1] && slots.excludedWebhooks.isEmpty)
    slots.release(webhook: 3, owner: 1)
    #expect(slots.excludedOwners.isEmpty && take(&slots, 17, owner: 1))
  }

  @Test func `webhooks that fail leave half of the slots to the others`() {
    var slots = DeliverySlots()
    for webhook in 1...64 as ClosedRange<Int64> { _ = take(&slots, webhook, owner: webhook, failing: true) }
    #expect(slots.total == DeliveryLimits.runningFailing && slots.excludesFailing)
    #expect(take(&slots, 65, owner: 65))
    slots.release(webhook: 1, owner: 1)
    #expect(!slots.excludesFailing && take(&slots, 64, owner: 64, failing: true))
  }

  @Test func `a webhook that runs as many requests as it may is not looked at`() {
    var slots = DeliverySlots()
    for _ in 0..<DeliveryLimits.runningPerWebhook { #expect(take(&slots, 5, owner: 1)) }
    #expect(slots.excludedWebhooks == [5])
  }

  /// Their subscribers answer with 200 after nine seconds, and so count as healthy.
  @Test(arguments: [4, 12, 40]) func `users whose requests are slow leave slots to the others`(users: Int64) {
    var slots = DeliverySlots()
    var running: [(webhook: Int64, owner: Int64)] = []
    for _ in 0..<20 {
      for webhook in 1...16 as ClosedRange<Int64> {
        for owner in 1...users where take(&slots, owner * 100 + webhook, owner: owner) {
          running.append((owner * 100 + webhook, owner))
        }
      }
      #expect(slots.excludedOwners.count == Int(users))
      let (webhook, owner) = running.removeFirst()
      slots.release(webhook: webhook, owner: owner)
    }
    #expect(slots.room >= 3 && take(&slots, 1, owner: 99))
  }

  @Test func `ten attempts lie within three days and some hours, each pause a tenth longer or shorter`() {
    for jitter in [-DeliveryLimits.jitter, 0, DeliveryLimits.jitter] {
      let pauses = (1...9).compactMap { DeliveryLimits.pauseSeconds(after: $0, random: { _ in jitter }) }
      #expect(pauses.count == 9)
      let days = Double(pauses.reduce(0, +)) / 86_400
      #expect((2.8...3.5).contains(days))
    }
    #expect(DeliveryLimits.pauseSeconds(after: 1, random: { $0.upperBound }) == 6)
    #expect(DeliveryLimits.pauseSeconds(after: 10) == nil && DeliveryLimits.pauseSeconds(after: 0) == nil)
  }

  @Test func `a subscriber may ask for a longer pause, up to a day`() {
    #expect(DeliveryLimits.pauseSeconds(after: 1, asked: 3600, random: { _ in 0 }) == 3600)
    #expect(DeliveryLimits.pauseSeconds(after: 1, asked: 1, random: { _ in 0 }) == 5)
    #expect(DeliveryLimits.pauseSeconds(after: 1, asked: .max, random: { _ in 0 }) == 86_400)
  }
}
