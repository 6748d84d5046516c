import Clock
import DataAccess
import EventLoop
import Logging
import Runtime
import Schema
import Synchronization

/// Delivers what is due: claims rows, sends their requests at the same time, and records the results.
///
/// One claim and one record at a time run beside each other, so that the deliveries take at most two connections from the
/// requests of users. No claim holds a record up: a worker that dies repeats what it has not recorded. Workers of several
/// processes share the table.
struct DeliveryWorker: Sendable {
  /// Claims in one round, each without those that got no slot: an endless queue of them must not occupy the loop.
  private static let claimsPerRound = 16

  let deliveries: DeliveryRepository
  let sender: DeliverySender
  let metrics: DeliveryMetrics
  let logger: Logger
  let currentTime: @Sendable () -> Timestamp

  private enum Wake: Sendable {
    case ended
    case tick
    case recorded([DeliveryRepository.Result], failure: DatabaseError?)
    /// What was claimed, with the slots then.
    case claimed([DueDelivery], DeliverySlots, failure: DatabaseError?)

    /// Whether the database has answered, or failed to.
    var isAnswer: Bool {
      switch self {
      case .ended, .tick: false
      case .recorded, .claimed: true
      }
    }
  }

  /// What the loop of a worker holds between two wakes.
  private struct Round: Sendable {
    var slots = DeliverySlots()
    var unrecorded: [DeliveryRepository.Result] = []
    /// Recorded while a claim has the slots.
    var recorded: [DeliveryRepository.Result] = []
    var isRecording = false
    var isClaiming = false
    /// An ended request lets another one begin, and each tick some more. Those to failing webhooks have slots of their own.
    var starts = 0
    /// After a failure the next tick tries again.
    var waitsForTick = false

    var isRecorded: Bool { !isRecording && unrecorded.isEmpty }
    var mayRecord: Bool { !isRecording && !waitsForTick && !unrecorded.isEmpty }
    /// A claim for a single request would cost as much as one for several.
    var mayClaim: Bool {
      !isClaiming && !waitsForTick && unrecorded.isEmpty && starts >= DeliveryLimits.startsPerTick
    }

    mutating func releaseRecorded() {
      guard !isClaiming else { return }
      for result in recorded {
        slots.release(webhook: result.delivery.webhook.id, owner: result.delivery.webhook.ownerID)
      }
      recorded = []
    }
  }

  /// Delivers until the task is cancelled. Requests that run then are sent again after their lease.
  func run(on loop: EventLoop) async {
    let ended = Results()
    await withTaskGroup(of: Wake.self) { group in
      var round = Round()
      var backoff = Backoff(firstMilliseconds: DeliveryLimits.idleMilliseconds, maximumMilliseconds: 30_000)
      var pause = DeliveryLimits.idleMilliseconds
      group.addTask { .tick }
      while !Task.isCancelled, let wake = await group.next() {
        var failure: DatabaseError?
        switch wake {
        case .ended: break
        case .tick:
          round.waitsForTick = false
          round.starts += DeliveryLimits.startsPerTick
          group.addTask { [pause] in await tick(after: pause, on: loop) }
        case .recorded(let results, let error):
          (round.isRecording, failure) = (false, error)
          if error == nil {
            round.recorded += results
            round.starts += results.count { !$0.delivery.webhook.isFailing }
          } else {
            round.unrecorded += results
          }
        case .claimed(let deliveries, let slots, let error):
          (round.isClaiming, round.slots, failure) = (false, slots, error)
          for delivery in deliveries {
            group.addTask {
              ended.add(await attempt(delivery))
              return .ended
            }
          }
        }
        if failure == nil, wake.isAnswer, round.isRecorded {
          backoff.reset()
          pause = DeliveryLimits.idleMilliseconds
        }
        if let failure, !Task.isCancelled {
          pause = backoff.nextPauseMilliseconds()
          round.waitsForTick = true
          logger.warning("delivery of webhooks stopped for a while", metadata: ["error": "\(failure)"])
        }
        round.unrecorded += ended.take()
        round.releaseRecorded()
        if round.mayRecord {
          group.addTask { [results = round.unrecorded] in await record(results) }
          (round.isRecording, round.unrecorded) = (true, [])
        }
        if round.mayClaim {
          group.addTask { [slots = round.slots, starts = round.starts] in await claim(slots, atMost: starts) }
          (round.isClaiming, round.starts) = (true, 0)
        }
      }
    }
  }

  private func tick(after milliseconds: Int, on loop: EventLoop) async -> Wake {
    await loop.sleep(milliseconds: milliseconds)
    return .tick
  }

  private func attempt(_ delivery: DueDelivery) async -> DeliveryRepository.Result {
    let outcome = await sender.send(delivery, at: currentTime())
    return DeliveryRepository.Result(
      delivery: delivery, outcome: outcome, endedAt: currentTime(),
      pauseSeconds: outcome.pauseSeconds(after: delivery.attempt))
  }

  private func record(_ results: [DeliveryRepository.Result]) async -> Wake {
    do throws(DatabaseError) {
      try await deliveries.record(results)
      note(results)
      return .recorded(results, failure: nil)
    } catch {
      return .recorded(results, failure: error)
    }
  }

  /// Claims what is due and gets slots, `most` at most. What was claimed before a failure has its slots, and goes on.
  private func claim(_ slots: DeliverySlots, atMost most: Int) async -> Wake {
    var (slots, claimed): (DeliverySlots, [DueDelivery]) = (slots, [])
    do throws(DatabaseError) {
      try await claim(&slots, atMost: most, into: &claimed)
      return .claimed(claimed, slots, failure: nil)
    } catch {
      return .claimed(claimed, slots, failure: error)
    }
  }

  private func claim(
    _ slots: inout DeliverySlots, atMost most: Int, into claimed: inout [DueDelivery]
  ) async throws(DatabaseError) {
    let now = currentTime()
    let oldest = try await deliveries.oldestDue(at: now)
    metrics.note(oldestDue: oldest, running: slots.total, at: now)
    guard oldest != nil else { return }
    let lease = DeliveryLimits.leaseSeconds(timeoutSeconds: sender.timeoutSeconds)
    var left = most
    for _ in 0..<Self.claimsPerRound where slots.room > 0 && left > 0 {
      let claim = try await deliveries.claim(
        &slots, at: now, leaseSeconds: lease, atMost: left)
      metrics.countCancelled(claim.cancelled)
      metrics.countGivenUp(claim.givenUp)
      claimed += claim.deliveries
      left -= claim.deliveries.count { !$0.webhook.isFailing }
      guard claim.isFull else { break }
    }
  }

  private func note(_ results: [DeliveryRepository.Result]) {
    for result in results { metrics.count(result.outcome, isLast: result.pauseSeconds == nil) }
  }
}

/// The results that the worker has not seen yet.
private final class Results: Sendable {
  private let results = Mutex<[DeliveryRepository.Result]>([])

  func add(_ result: DeliveryRepository.Result) { results.withLock { $0.append(result) } }

  func take() -> [DeliveryRepository.Result] {
    results.withLock { results in
      defer { results = [] }
      return results
    }
  }
}

extension DeliveryOutcome {
  /// The pause before the next attempt; nil where there is none.
  fileprivate func pauseSeconds(after attempt: Int) -> Int64? {
    switch self {
    case .delivered, .impossible: nil
    case .failed: DeliveryLimits.pauseSeconds(after: attempt)
    case .refused(_, let asked): isGone ? nil : DeliveryLimits.pauseSeconds(after: attempt, asked: asked)
    }
  }
}
