import Clock
import EventLoop

/// Decides at the first bytes of a request whether its loop takes it, without a lock and before any parsing.
///
/// A loop refuses requests while a queue is standing: the data path's for this kind of request, or the loop's own. It
/// then takes as many as it completes within the longest wait, by the rate of the requests before (Little's law), so
/// that work which has begun goes on and the data path never runs dry. Loop thread only.
final class LoadShedder {
  /// The requests of one kind.
  private struct Traffic {
    var inFlight = 0
    var rate = CompletionRate()
  }

  private let load: LoopLoad
  private let lag: LagProbe
  private let limit: Int
  private let targetNanoseconds: UInt64
  // Unchecked at run time, because each request reads both. An access adds, subtracts or reads.
  @exclusivity(unchecked) private var reads = Traffic()
  @exclusivity(unchecked) private var changes = Traffic()

  init(on loop: EventLoop, maximumInFlight: Int, queueMilliseconds: Int) {
    load = loop.load
    load.setTarget(milliseconds: queueMilliseconds)
    lag = LagProbe(on: loop, targetMilliseconds: queueMilliseconds)
    limit = maximumInFlight
    targetNanoseconds = UInt64(queueMilliseconds) * 1_000_000
  }

  /// The requests that wait for their responder.
  var inFlight: Int { reads.inFlight + changes.inFlight }

  /// The last measured lag of the loop.
  var lagNanoseconds: UInt64 { lag.lagNanoseconds }

  /// The kind of the request that begins with these bytes, by its method.
  static func work(of head: UnsafeRawBufferPointer) -> LoopLoad.Work {
    head.begins(with: "GET ") || head.begins(with: "HEAD ") ? .read : .change
  }

  /// A client has sent something: measures the loop while there is work.
  func touch() { lag.touch(at: MonotonicClock.coarseNanoseconds()) }

  /// Whether the loop has as many requests as it may have, with those that wait for their client's share.
  func isFull(beside waiting: Int) -> Bool { inFlight + waiting >= limit }

  /// Whether the loop refuses a new request of this kind for its time.
  func refuses(_ work: LoopLoad.Work) -> Bool {
    if lag.hasQueue(at: MonotonicClock.coarseNanoseconds()) { return true }
    guard load.hasQueue(of: work, at: MonotonicClock.coarseNanoseconds()) else { return false }
    let traffic = work == .read ? reads : changes
    guard traffic.inFlight >= ServerLimit.requestsOfAQueue else { return false }
    return traffic.rate.nanoseconds(for: traffic.inFlight) > targetNanoseconds
  }

  /// A request waits for its responder.
  func begin(_ work: LoopLoad.Work) {
    switch work {
    case .read: reads.inFlight += 1
    case .change: changes.inFlight += 1
    }
  }

  /// The responder of a request has ended. A failure of the server says nothing about its rate.
  func end(_ work: LoopLoad.Work, hasFailed: Bool) {
    switch work {
    case .read: Self.end(&reads, hasFailed)
    case .change: Self.end(&changes, hasFailed)
    }
  }

  private static func end(_ traffic: inout Traffic, _ hasFailed: Bool) {
    traffic.inFlight -= 1
    if !hasFailed { traffic.rate.count(at: MonotonicClock.coarseNanoseconds()) }
  }
}

/// How many requests end in a span of time: the average of the last windows.
struct CompletionRate {
  /// The length of a window.
  static let windowNanoseconds: UInt64 = 100_000_000
  /// The length of a window that counts no more.
  static let longestWindowNanoseconds: UInt64 = 1_000_000_000

  private var begin: UInt64 = 0
  private var count: UInt64 = 0
  /// The average time between two ends; 0 before the first window.
  private var betweenNanoseconds: UInt64 = 0

  /// A request has ended.
  mutating func count(at now: UInt64) {
    // A window in which the loop had hardly any work says nothing about its rate.
    if begin == 0 || now - begin > Self.longestWindowNanoseconds {
      begin = now
      count = 0
    }
    count += 1
    guard now - begin >= Self.windowNanoseconds else { return }
    let measured = (now - begin) / count
    betweenNanoseconds = betweenNanoseconds == 0 ? measured : (betweenNanoseconds + measured) / 2
    begin = now
    count = 0
  }

  /// The time until that many requests have ended.
  func nanoseconds(for requests: Int) -> UInt64 { UInt64(max(0, requests)) * betweenNanoseconds }
}

extension UnsafeRawBufferPointer {
  /// Whether the bytes begin with this text.
  @inline(__always)
  fileprivate func begins(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] { return false }
    return true
  }
}
