/// Detects a standing queue, as CoDel does (RFC 8289): a burst that drains by itself is none. One whose work waits
/// longer than the target for a whole interval is.
///
/// ```swift
/// queue.note(waitNanoseconds: wait, at: now)
/// if queue.isStanding(at: now) { refuse() }
/// ```
package struct StandingQueue: Sendable {
  /// How long the wait must stay above the target.
  static let intervalNanoseconds: UInt64 = 100_000_000
  /// How long a queue counts as standing without another sample.
  static let memoryNanoseconds: UInt64 = 1_000_000_000

  private let targetNanoseconds: UInt64
  /// The first sample above the target since the last one below; 0 without one.
  private var firstAbove: UInt64 = 0
  private var lastAbove: UInt64 = 0

  /// A queue whose work should wait at most this long.
  package init(targetMilliseconds: Int) {
    targetNanoseconds = UInt64(max(0, targetMilliseconds)) * 1_000_000
  }

  /// Records how long a piece of work has waited. One short wait ends the standing queue.
  package mutating func note(waitNanoseconds: UInt64, at now: UInt64) {
    guard waitNanoseconds > targetNanoseconds else {
      firstAbove = 0
      return
    }
    if firstAbove == 0 { firstAbove = now }
    lastAbove = now
  }

  /// Whether every wait of the last interval was above the target.
  package func isStanding(at now: @autoclosure () -> UInt64) -> Bool {
    guard firstAbove > 0, lastAbove - firstAbove >= Self.intervalNanoseconds else { return false }
    let moment = now()
    return moment < lastAbove || moment - lastAbove < Self.memoryNanoseconds
  }
}
