import Clock
import Schema

/// A check of the engines whose answer all open pages share.
///
/// One check runs at a time, and the next one begins after a pause, which is at least as long as the last check took:
/// open pages, however many, never ask more of the engines than a check needs. Without a page nothing runs.
actor SharedCheck<Value: Sendable> {
  /// A check's result.
  struct Outcome: Sendable {
    let value: Value
    /// When the check ended.
    let time: Timestamp
    let seconds: Double
  }

  private let pause: Duration
  private let work: @Sendable () async -> Value
  private var running: Task<Outcome, Never>?
  private var last: (outcome: Outcome, renewal: ContinuousClock.Instant)?

  /// Shares `work`, at most once in each `pause`.
  init(pause: Duration, _ work: @escaping @Sendable () async -> Value) {
    self.pause = pause
    self.work = work
  }

  /// The running check's result, the last one, or that of a new check, which no caller's end cancels.
  func latest() async -> Outcome {
    if let running { return await running.value }
    if let last, ContinuousClock.now < last.renewal { return last.outcome }
    let start = ContinuousClock.now
    let task = Task { [work] in
      let value = await work()
      return Outcome(value: value, time: .now(), seconds: (ContinuousClock.now - start) / .seconds(1))
    }
    running = task
    let outcome = await task.value
    running = nil
    last = (outcome, ContinuousClock.now + max(pause, .seconds(outcome.seconds)))
    return outcome
  }

  /// Drops the last result, after a change.
  func forget() { last = nil }
}

/// Work of which one runs at a time; another one is refused and not queued.
actor Turn {
  private var isTaken = false

  /// Runs `body`, or returns nil where another runs.
  func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result? {
    guard !isTaken else { return nil }
    isTaken = true
    defer { isTaken = false }
    return try await body()
  }
}
