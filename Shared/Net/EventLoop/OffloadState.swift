/// The state of an ``OffloadQueue``, without threads or clock: `(state, event) -> action`.
struct OffloadState: Sendable {
  /// The limits of a queue.
  struct Limits: Sendable, Hashable {
    /// The most pieces of work that run at once.
    var concurrency: Int
    /// The most pieces of work that wait.
    var waiting: Int
    /// The longest wait; nil without a limit of time.
    var nanoseconds: UInt64?
  }

  /// The weight of one measurement in the average duration is 1 to this number.
  private static let averagedOver: UInt64 = 8

  private let limits: Limits
  private var turns = OffloadTurns()
  private(set) var running = 0
  /// Threads, with those that have not taken their first item yet.
  private var threads = 0
  private var averageNanoseconds: UInt64 = 0

  init(_ limits: Limits) { self.limits = limits }

  /// Items that wait, without those whose caller is gone.
  var waiting: Int { turns.count }

  /// The time that new work with this path would wait, by the average duration of the work before it.
  private func expectedWaitNanoseconds(_ path: [Int]) -> UInt64 {
    let ahead = turns.ahead(of: path[...]) + running
    guard ahead >= limits.concurrency else { return 0 }
    return UInt64(ahead - limits.concurrency + 1) * averageNanoseconds / UInt64(limits.concurrency)
  }

  /// How much work the queue holds within its limits: what runs, and what would not wait too long by the average duration
  /// of the work before it, or by this one where none has ended.
  func capacity(assuming nanoseconds: UInt64) -> Int {
    let most = limits.concurrency + limits.waiting
    guard let limit = limits.nanoseconds else { return most }
    let each = max(1, averageNanoseconds == 0 ? nanoseconds : averageNanoseconds)
    let rounds = Int(min(limit / each, UInt64(limits.waiting)))
    return min(most, limits.concurrency * (1 + rounds))
  }

  /// Why the queue takes no more work with this path now; nil when it does.
  func refusal(of path: [Int]) -> OffloadError? {
    if waiting + running >= limits.concurrency + limits.waiting { return .queueFull(limit: limits.waiting) }
    guard let limit = limits.nanoseconds else { return nil }
    let wait = expectedWaitNanoseconds(path)
    return wait > limit ? Self.tooSlow(wait) : nil
  }

  private static func tooSlow(_ nanoseconds: UInt64) -> OffloadError {
    .tooSlow(seconds: Int((nanoseconds + 999_999_999) / 1_000_000_000))
  }

  /// What a queue does with new work.
  enum Admission: Sendable {
    case queued
    case needsThread
    case refused(OffloadError)
    /// Its caller is gone.
    case abandoned
  }

  /// Adds work, or refuses it.
  mutating func add(_ item: OffloadItem) -> Admission {
    if let refusal = refusal(of: item.path) { return .refused(refusal) }
    guard item.enqueue() else { return .abandoned }
    turns.append(item)
    guard threads < limits.concurrency else { return .queued }
    threads += 1
    return .needsThread
  }

  /// The next step of a thread.
  enum Step: Sendable {
    case run(OffloadItem.Completion)
    case refuse(OffloadItem.Completion, OffloadError)
    case end
  }

  /// Takes the item whose turn it is, of those whose caller still waits.
  mutating func next(at now: UInt64) -> Step {
    guard let (item, completion) = turns.next() else {
      threads -= 1
      return .end
    }
    if let limit = limits.nanoseconds, now > item.arrival, now - item.arrival > limit {
      return .refuse(completion, Self.tooSlow(expectedWaitNanoseconds(item.path)))
    }
    running += 1
    return .run(completion)
  }

  /// Ends an item whose caller is gone, and returns what resumes the caller.
  mutating func abandon(_ item: OffloadItem) -> OffloadItem.Completion? {
    let (completion, wasQueued) = item.end()
    if wasQueued { turns.lose(item) }
    return completion
  }

  /// Work has run for this time.
  mutating func ended(after nanoseconds: UInt64) {
    running -= 1
    let kept = averageNanoseconds - averageNanoseconds / Self.averagedOver
    averageNanoseconds = averageNanoseconds == 0 ? nanoseconds : kept + nanoseconds / Self.averagedOver
  }

  /// A thread did not start. Returns what resumes the callers that no other thread serves.
  mutating func threadFailed() -> [OffloadItem.Completion] {
    threads -= 1
    guard threads == 0 else { return [] }
    var left: [OffloadItem.Completion] = []
    while let (_, completion) = turns.next() { left.append(completion) }
    return left
  }
}
