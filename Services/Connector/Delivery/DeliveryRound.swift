import Clock
import DataAccess

/// What a worker does next, after what has happened. It does no I/O.
///
/// One claim and one record run beside each other, and no claim holds a record up. A recorded result lets another request
/// begin, and each tick some more; those to failing webhooks have slots of their own. After a failure of the database
/// nothing begins until ``retryAt``, while the ticks go on.
struct DeliveryRound: Sendable {
  typealias Result = DeliveryRepository.Result

  enum Wake: Sendable {
    /// Requests have ended.
    case ended
    case tick
    case recorded([Result], failure: DatabaseError?)
    /// What was claimed, with the slots then.
    case claimed([DueDelivery], DeliverySlots, failure: DatabaseError?)

    var failure: DatabaseError? {
      switch self {
      case .ended, .tick: nil
      case .recorded(_, let failure), .claimed(_, _, let failure): failure
      }
    }
  }

  enum Action: Sendable {
    case send(DueDelivery)
    case record([Result])
    /// Claims what gets slots; of healthy webhooks `atMost`.
    case claim(DeliverySlots, atMost: Int)
  }

  private enum Slots: Sendable {
    case here(DeliverySlots)
    /// A claim with so many starts has them. What is recorded meanwhile gives its slots back after it.
    case claiming(starts: Int, recorded: [Result])
  }

  private static let longestPauseMilliseconds = 30_000

  private var slots = Slots.here(DeliverySlots())
  private var unrecorded: [Result] = []
  private var isRecording = false
  /// Until results are recorded again, no request begins that would have to be repeated with them.
  private var hasFailedRecord = false
  /// The requests to healthy webhooks that may begin, from what has happened since the last claim.
  private var starts = 0
  /// What the last claim did not use. It ends with the next tick: a worker without work has no more than those of one tick.
  private var spareStarts = 0
  private var backoff = Backoff(
    firstMilliseconds: DeliveryLimits.idleMilliseconds, maximumMilliseconds: longestPauseMilliseconds)
  /// When the first tick may try again what failed, in the time of ``actions(after:ended:at:)``.
  private(set) var retryAt: UInt64?

  /// What to do after the wake. `ended` are the results that have come since the last one, and `now` are nanoseconds of a
  /// monotonic clock.
  mutating func actions(after wake: Wake, ended: [Result], at now: UInt64) -> [Action] {
    unrecorded += ended
    var actions: [Action] = []
    switch wake {
    case .ended: break
    case .tick: tick(at: now)
    case .recorded(let results, let failure): finishRecord(of: results, succeeded: failure == nil)
    case .claimed(let deliveries, let slots, _):
      finishClaim(of: deliveries, slots)
      actions = deliveries.map(Action.send)
    }
    if wake.failure != nil { pause(from: now) } else if isAnswer(wake) { endPause() }
    guard retryAt == nil else { return actions }
    if let record = beginRecord() { actions.append(record) }
    if let claim = beginClaim() { actions.append(claim) }
    return actions
  }

  private mutating func tick(at now: UInt64) {
    spareStarts = 0
    if let retryAt, now < retryAt { return }
    retryAt = nil
    guard !hasFailedRecord else { return }
    starts = min(starts + DeliveryLimits.startsPerTick, DeliveryLimits.running)
  }

  /// A claim and a record that fail at the same time are one failure.
  private mutating func pause(from now: UInt64) {
    guard retryAt == nil else { return }
    retryAt = now + UInt64(backoff.nextPauseMilliseconds()) * 1_000_000
  }

  /// Whether the database has answered. A claim proves nothing for a record that fails again and again.
  private func isAnswer(_ wake: Wake) -> Bool {
    switch wake {
    case .ended, .tick: false
    case .recorded: true
    case .claimed: !hasFailedRecord
    }
  }

  private mutating func endPause() {
    backoff.reset()
    retryAt = nil
  }

  private mutating func beginRecord() -> Action? {
    guard !isRecording, !unrecorded.isEmpty else { return nil }
    defer { (isRecording, unrecorded) = (true, []) }
    return .record(unrecorded)
  }

  private mutating func finishRecord(of results: [Result], succeeded: Bool) {
    (isRecording, hasFailedRecord) = (false, !succeeded)
    guard succeeded else {
      unrecorded = results + unrecorded
      return
    }
    starts += results.count { !$0.delivery.webhook.isFailing }
    switch slots {
    case .here(let free): slots = .here(Self.released(results, from: free))
    case .claiming(let starts, let recorded): slots = .claiming(starts: starts, recorded: recorded + results)
    }
  }

  /// A claim for a single request would cost as much as one for several.
  private mutating func beginClaim() -> Action? {
    guard case .here(let free) = slots, unrecorded.isEmpty, !hasFailedRecord,
      starts >= DeliveryLimits.startsPerTick
    else { return nil }
    let most = starts + spareStarts
    slots = .claiming(starts: most, recorded: [])
    (starts, spareStarts) = (0, 0)
    return .claim(free, atMost: most)
  }

  private mutating func finishClaim(of deliveries: [DueDelivery], _ taken: DeliverySlots) {
    guard case .claiming(let most, let recorded) = slots else { return }
    slots = .here(Self.released(recorded, from: taken))
    spareStarts = max(0, most - deliveries.count { !$0.webhook.isFailing })
  }

  private static func released(_ results: [Result], from slots: DeliverySlots) -> DeliverySlots {
    var slots = slots
    for result in results {
      slots.running.remove(result.delivery.id)
      slots.release(webhook: result.delivery.webhook.id, owner: result.delivery.webhook.ownerID)
    }
    return slots
  }
}
