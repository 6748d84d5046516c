import Cache
import Transport

/// The commands that wait for their replies, in the order in which they were sent: pure, the time is an argument.
///
/// Each caller receives exactly one result: its reply, its deadline, or the loss of the connection. An expired command
/// keeps its place, because its reply may still come and must not answer the next command.
struct PipelineQueue {
  typealias Completion = (Result<RESPValue, CacheError>) -> Void

  private struct Waiting {
    let arguments: [[UInt8]]
    let sentAtMilliseconds: Int64
    var completion: Completion?
  }

  private let capacity: Int
  /// How long each command waits. A new value also applies to the commands that wait already.
  var commandMilliseconds: Int64
  private let stallMilliseconds: Int64
  private var waiting = FIFO<Waiting>()
  /// How many commands from the front have expired. All have the same time limit, so they are the first.
  private var expiredCount = 0

  init(limits: RedisLimits, timeouts: RedisTimeouts) {
    capacity = limits.commandsInFlight
    commandMilliseconds = Int64(timeouts.commandMilliseconds)
    stallMilliseconds = Int64(timeouts.stallMilliseconds)
  }

  var count: Int { waiting.count }
  var isEmpty: Bool { waiting.count == 0 }
  var isFull: Bool { waiting.count >= capacity }
  /// Whether the oldest command has expired and its reply is still missing. A further command would wait as long.
  var isOverdue: Bool { expiredCount > 0 }

  mutating func append(_ arguments: [[UInt8]], now: Int64, completion: @escaping Completion) {
    waiting.append(Waiting(arguments: arguments, sentAtMilliseconds: now, completion: completion))
  }

  /// Takes the command that the next reply answers; nil for a reply without a command.
  mutating func takeFirst() -> (arguments: [[UInt8]], completion: Completion?)? {
    guard let first = waiting.popFirst() else { return nil }
    expiredCount = max(0, expiredCount - 1)
    return (first.arguments, first.completion)
  }

  /// Takes the completions of the commands that have just expired.
  mutating func takeExpired(now: Int64) -> [Completion] {
    var expired: [Completion] = []
    while var next = waiting[expiredCount], next.sentAtMilliseconds + commandMilliseconds <= now {
      if let completion = next.completion { expired.append(completion) }
      next.completion = nil
      waiting[expiredCount] = next
      expiredCount += 1
    }
    return expired
  }

  /// Takes the completions of all commands that wait, and empties the queue.
  mutating func takeAll() -> [Completion] {
    var all: [Completion] = []
    while let next = waiting.popFirst() {
      if let completion = next.completion { all.append(completion) }
    }
    expiredCount = 0
    return all
  }

  /// Whether the oldest command has waited so long that the connection must be dead.
  func isStalled(now: Int64) -> Bool {
    waiting[0].map { $0.sentAtMilliseconds + stallMilliseconds <= now } ?? false
  }

  /// When to check again: at the next deadline, or when the oldest command counts as stalled.
  var nextCheckMilliseconds: Int64? {
    guard let oldest = waiting[0] else { return nil }
    let stalled = oldest.sentAtMilliseconds + stallMilliseconds
    guard let next = waiting[expiredCount] else { return stalled }
    return min(stalled, next.sentAtMilliseconds + commandMilliseconds)
  }
}
