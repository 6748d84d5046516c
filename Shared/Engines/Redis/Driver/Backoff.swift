/// The pauses between attempts to connect: each failure doubles the pause, and each pause is cut by chance to between
/// its half and its whole, so that the loops of a fleet do not come back in one wave.
struct Backoff {
  private let firstMilliseconds: Int
  private let maximumMilliseconds: Int
  private var failures = 0

  init(_ timeouts: RedisTimeouts) {
    firstMilliseconds = max(1, timeouts.firstBackoffMilliseconds)
    maximumMilliseconds = max(1, timeouts.maximumBackoffMilliseconds)
  }

  mutating func nextPauseMilliseconds(using random: inout some RandomNumberGenerator) -> Int {
    let doublings = min(failures, 20)
    failures += 1
    let pause = min(firstMilliseconds << doublings, maximumMilliseconds)
    return Int.random(in: (pause + 1) / 2...pause, using: &random)
  }

  mutating func reset() { failures = 0 }
}
