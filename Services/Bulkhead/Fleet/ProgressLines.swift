import AccessProof
import Clock
import Synchronization

/// The lines on how far a long proof is, for a reader without a terminal: one at each interval, none for a short proof.
final class ProgressLines: Sendable {
  private static let intervalMilliseconds = 10_000

  private let next = Mutex(Deadline(millisecondsFromNow: ProgressLines.intervalMilliseconds))

  /// The line, where the last one is an interval ago.
  func line(for progress: ProofProgress) -> String? {
    let isDue = next.withLock { next in
      guard next.hasPassed else { return false }
      next = Deadline(millisecondsFromNow: Self.intervalMilliseconds)
      return true
    }
    return isDue ? "\(progress.done) of \(progress.total) cells tried, now as \(progress.account)" : nil
  }
}
