import Cache
import Synchronization
import TestSupport

/// Callers that use a cache without a pause, and the counts of their results.
final class Traffic: Sendable {
  struct Tally {
    var sent = 0
    var succeeded = 0
    var failed = 0
    var slowest = Duration.zero
  }

  private let cache: Cache
  private let counts = Mutex(Tally())
  private let end = StopFlag()

  init(_ cache: Cache) { self.cache = cache }

  var tally: Tally { counts.withLock { $0 } }

  func stop() { end.set() }

  /// One caller, until ``stop()``.
  func run(_ caller: Int) async {
    let clock = ContinuousClock()
    while !end.isSet {
      counts.withLock { $0.sent += 1 }
      let start = clock.now
      let count = await cache.increment(cache.key("counter", "\(caller)"), ttlSeconds: 60)
      record(isSuccess: count != nil, took: clock.now - start)
      // Without a connection a command fails at once. The pause keeps the number of failures small.
      if count == nil { try? await Task.sleep(for: .milliseconds(1)) }
    }
  }

  private func record(isSuccess: Bool, took: Duration) {
    counts.withLock { tally in
      if isSuccess { tally.succeeded += 1 } else { tally.failed += 1 }
      tally.slowest = max(tally.slowest, took)
    }
  }
}
