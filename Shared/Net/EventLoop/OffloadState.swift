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
  private var items: [OffloadItem] = []
  private var taken = 0
  /// Items that wait, without those whose caller is gone.
  private(set) var waiting = 0
  private(set) var running = 0
  /// Threads, with those that have not taken their first item yet.
  private var threads = 0
  private var averageNanoseconds: UInt64 = 0

  init(_ limits: Limits) { self.limits = limits }

  /// The time that new work would wait, by the average duration of the work before it.
  var expectedWaitNanoseconds: UInt64 {
    let ahead = waiting + running
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

  /// Why the queue takes no more work now; nil when it does.
  var refusal: OffloadError? {
    if waiting + running >= limits.concurrency + limits.waiting { return .queueFull(limit: limits.waiting) }
    if let limit = limits.nanoseconds, expectedWaitNanoseconds > limit { return tooSlow }
    return nil
  }

  private var tooSlow: OffloadError {
    .tooSlow(seconds: Int((expectedWaitNanoseconds + 999_999_999) / 1_000_000_000))
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
    if let refusal { return .refused(refusal) }
    guard item.enqueue() else { return .abandoned }
    items.append(item)
    waiting += 1
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

  /// Takes the oldest item whose caller still waits.
  mutating func next(at now: UInt64) -> Step {
    while taken < items.count {
      let item = items[taken]
      taken += 1
      if taken > limits.waiting {
        items.removeFirst(taken)
        taken = 0
      }
      guard let completion = item.end().completion else { continue }
      waiting -= 1
      if let limit = limits.nanoseconds, now > item.arrival, now - item.arrival > limit {
        return .refuse(completion, tooSlow)
      }
      running += 1
      return .run(completion)
    }
    items.removeAll(keepingCapacity: true)
    taken = 0
    threads -= 1
    return .end
  }

  /// Ends an item whose caller is gone, and returns what resumes the caller.
  mutating func abandon(_ item: OffloadItem) -> OffloadItem.Completion? {
    let (completion, wasQueued) = item.end()
    if wasQueued { waiting -= 1 }
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
    let left = items[taken...].compactMap { $0.end().completion }
    items = []
    taken = 0
    waiting = 0
    return left
  }
}
