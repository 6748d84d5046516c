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

  /// The load of one loop.
  init(_ gauges: LoopGauges) {
    inFlight = gauges.inFlight.load(ordering: .relaxed)
    shed = gauges.shed.load(ordering: .relaxed)
    paused = gauges.paused.load(ordering: .relaxed)
    unsentBytes = gauges.unsentBytes.load(ordering: .relaxed)
    incompleteBytes = gauges.incompleteBytes.load(ordering: .relaxed)
    lagNanoseconds = gauges.lagNanoseconds.load(ordering: .relaxed)
  }

  /// Adds the load of other loops.
  package mutating func add(_ other: ServerLoad) {
    inFlight += other.inFlight
    shed += other.shed
    paused += other.paused
    unsentBytes += other.unsentBytes
    incompleteBytes += other.incompleteBytes
    lagNanoseconds = max(lagNanoseconds, other.lagNanoseconds)
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
