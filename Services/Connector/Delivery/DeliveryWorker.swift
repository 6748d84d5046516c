import Clock
import DataAccess
import EventLoop
import Logging
import Runtime
import Schema
import Synchronization

/// Delivers what is due: claims rows, sends their requests at the same time, and records the results.
///
/// One task does all statements, one after the other, so that the deliveries take at most one connection from the
/// requests of users. Workers of several processes share the table.
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
  }

  /// Delivers until the task is cancelled. Requests that run then are sent again after their lease.
  func run(on loop: EventLoop) async {
    let ended = Results()
    await withTaskGroup(of: Wake.self) { group in
      var slots = DeliverySlots()
      var unrecorded: [DeliveryRepository.Result] = []
      var backoff = Backoff(firstMilliseconds: DeliveryLimits.idleMilliseconds, maximumMilliseconds: 30_000)
      var pause = 0
      group.addTask { .tick }
      while !Task.isCancelled, let wake = await group.next() {
        let results = ended.take()
        for result in results {
          slots.release(webhook: result.delivery.webhook.id, owner: result.delivery.webhook.ownerID)
        }
        unrecorded += results
        if wake == .ended, results.isEmpty { continue }
        do throws(DatabaseError) {
          if !unrecorded.isEmpty { try await deliveries.record(unrecorded) }
          note(unrecorded)
          unrecorded = []
          for delivery in try await claim(&slots) {
            group.addTask {
              ended.add(await attempt(delivery))
              return .ended
            }
          }
          backoff.reset()
          pause = DeliveryLimits.idleMilliseconds
        } catch {
          pause = backoff.nextPauseMilliseconds()
          if !Task.isCancelled {
            logger.warning("delivery of webhooks stopped for a while", metadata: ["error": "\(error)"])
          }
        }
        if wake == .tick { group.addTask { [pause] in await tick(after: pause, on: loop) } }
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

  /// Claims as much as there are slots.
  private func claim(_ slots: inout DeliverySlots) async throws(DatabaseError) -> [DueDelivery] {
    let now = currentTime()
    let oldest = try await deliveries.oldestDue(at: now)
    metrics.note(oldestDue: oldest, running: slots.total, at: now)
    guard oldest != nil else { return [] }
    let lease = DeliveryLimits.leaseSeconds(timeoutSeconds: sender.timeoutSeconds)
    var claimed: [DueDelivery] = []
    for _ in 0..<Self.claimsPerRound where slots.room > 0 {
      let claim: DeliveryRepository.Claim
      do throws(DatabaseError) {
        claim = try await deliveries.claim(&slots, at: now, leaseSeconds: lease)
      } catch {
        // What was claimed before has its slots, and goes on.
        guard claimed.isEmpty else { break }
        throw error
      }
      metrics.countCancelled(claim.cancelled)
      metrics.countGivenUp(claim.givenUp)
      claimed += claim.deliveries
      guard claim.isFull else { break }
    }
    return claimed
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
