import Synchronization

/// How busy a server is, over all its loops.
package struct ServerLoad: Sendable, Hashable {
  /// Requests that wait for their responder.
  package var inFlight = 0
  /// Requests that got 503 for lack of time, since the start.
  package var shed = 0
  /// Connections that are not read after a refusal.
  package var paused = 0
  /// Bytes of responses that wait for clients.
  package var unsentBytes = 0
  /// Bytes of requests that have not arrived whole, or that wait behind another one.
  package var incompleteBytes = 0
  /// The longest last lag of a loop: the time that a ready connection waited.
  package var lagNanoseconds: UInt64 = 0

  /// No load.
  package init() {}

  mutating func add(_ gauges: LoopGauges) {
    inFlight += gauges.inFlight.load(ordering: .relaxed)
    shed += gauges.shed.load(ordering: .relaxed)
    paused += gauges.paused.load(ordering: .relaxed)
    unsentBytes += gauges.unsentBytes.load(ordering: .relaxed)
    incompleteBytes += gauges.incompleteBytes.load(ordering: .relaxed)
    lagNanoseconds = max(lagNanoseconds, gauges.lagNanoseconds.load(ordering: .relaxed))
  }
}

/// One loop's numbers for other threads. Only the loop writes them, so they cost it no lock.
final class LoopGauges: Sendable {
  let inFlight = Atomic<Int>(0)
  let shed = Atomic<Int>(0)
  let paused = Atomic<Int>(0)
  let unsentBytes = Atomic<Int>(0)
  let incompleteBytes = Atomic<Int>(0)
  let lagNanoseconds = Atomic<UInt64>(0)
}
