import Clock
import DataAccess
import EventLoop
import Logging
import Runtime
import Schema
import Synchronization

/// Delivers what is due: claims rows, sends their requests at the same time, and records the results.
///
/// ``DeliveryRound`` says what follows what. One claim and one record at a time run beside each other, so that the
/// deliveries take at most two connections from the requests of users. No claim holds a record up: a worker that dies
/// repeats what it has not recorded. Workers of several processes share the table.
struct DeliveryWorker: Sendable {
  /// Claims in one round, each without those that got no slot: an endless queue of them must not occupy the loop.
  private static let claimsPerRound = 16

  let deliveries: DeliveryRepository
  let sender: DeliverySender
  let metrics: DeliveryMetrics
  let logger: Logger
  let currentTime: @Sendable () -> Timestamp

  typealias Wake = DeliveryRound.Wake

  /// Delivers until the task is cancelled. Requests that run then are sent again after their lease.
  func run(on loop: EventLoop) async {
    let ended = Results()
    await withTaskGroup(of: Wake.self) { group in
      var round = DeliveryRound()
      var recallAt: UInt64 = 0
      group.addTask { .tick }
      while !Task.isCancelled, let wake = await group.next() {
        if case .tick = wake {
          group.addTask {
            await loop.sleep(milliseconds: DeliveryLimits.idleMilliseconds)
            return .tick
          }
          if MonotonicClock.nanoseconds() >= recallAt {
            recallAt = MonotonicClock.nanoseconds() + DeliveryLimits.recallSeconds * 1_000_000_000
            group.addTask { await recall() }
          }
        }
        if let failure = wake.failure, !Task.isCancelled {
          logger.warning("delivery of webhooks stopped for a while", metadata: ["error": "\(failure)"])
        }
        for action in round.actions(after: wake, ended: ended.take(), at: MonotonicClock.nanoseconds()) {
          switch action {
          case .send(let delivery):
            group.addTask {
              ended.add(await attempt(delivery))
              return .ended
            }
          case .record(let results): group.addTask { await record(results) }
          case .claim(let slots, let most): group.addTask { await claim(slots, atMost: most) }
          }
        }
      }
    }
  }

  /// The worker's own work goes on where this fails: the next look comes.
  private func recall() async -> Wake {
    let recalled = (try? await deliveries.recall(at: currentTime())) ?? 0
    if recalled > 0 {
      logger.warning("deliveries recalled that a wrong clock had put off", metadata: ["count": "\(recalled)"])
    }
    return .ended
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
  func claim(_ slots: DeliverySlots, atMost most: Int) async -> Wake {
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
