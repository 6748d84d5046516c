import EventLoop
import Routing
import Synchronization
import Transport

/// The threads that hash passwords, and whose turn it is. All loops of a process share it.
///
/// The sites of clients take turns, and within a site its sources. Only failures are counted, so nothing else slows down
/// sources that sign in to their own accounts again and again: a new source waits for one hash of each of them. The sources
/// that have signed in to the account before take turns of their own beside all others, so that they wait for none of the
/// strangers' sign-ups. A source holds no more than its share, and is refused at once beyond it.
///
/// Turns and shares count in the process. A source that is at its limit in one process has not taken another one's threads.
final class HashQueue: Sendable {
  /// A source holds at most one part in this number of the hashes that the queue takes.
  static let partsOfQueue = 4
  /// The share of a slow machine, on which a part would be less.
  static let minimumShare = 4
  /// When a source that is at its limit may come again. Its own hashes end within that time.
  static let retryAfterSeconds = 1
  /// The duration of a hash before one was measured.
  private static let assumedNanoseconds: UInt64 = 50_000_000
  /// A bound of the queue's memory. The bound of time is far below it.
  private static let queueLimit = 4_096
  /// How far hashing gives way to the loops, so that a flood of sign-ins delays no other request.
  private static let niceness: Int32 = 10

  private let threads: OffloadQueue
  private let fixedShare: Int?
  private let held = Mutex<[ClientSource: Int]>([:])

  /// Makes the threads of a process.
  ///
  /// - Parameters:
  ///   - concurrency: The number of threads: one for each processor.
  ///   - share: What a source holds at most. Without it the share follows the durations of hashes.
  init(
    concurrency: Int = EventLoopGroup.processorCount, waitLimitMilliseconds: Int, share: Int? = nil
  ) {
    threads = OffloadQueue(
      name: "hashing", concurrency: concurrency, queueLimit: Self.queueLimit,
      waitLimitMilliseconds: waitLimitMilliseconds, niceness: Self.niceness)
    fixedShare = share
  }

  /// The most hashes that wait or run for one source.
  var share: Int {
    fixedShare
      ?? max(Self.minimumShare, threads.capacity(assuming: Self.assumedNanoseconds) / Self.partsOfQueue)
  }

  /// The hashes that wait for a thread.
  var waitingCount: Int { threads.waitingCount }

  /// Whether the source holds as many hashes as its share allows.
  func holdsShare(_ source: ClientSource) -> Bool { held.withLock { $0[source, default: 0] } >= share }

  /// Why no hash for this source can begin now; nil when one can.
  ///
  /// - Parameter isKnown: Whether the source has signed in to the account before.
  func refusal(of source: ClientSource, isKnown: Bool = false) -> (any Error)? {
    if holdsShare(source) { return Self.shareIsTaken }
    return threads.refusal(of: Self.path(source, isKnown))
  }

  /// Runs a hash for a source, and gives its place back however it ends.
  func run<Value: Sendable>(
    for source: ClientSource, isKnown: Bool = false, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try take(source)
    defer { giveBack(source) }
    return try await threads.run(turnOf: Self.path(source, isKnown), body)
  }

  /// No client can predict the hash values. Two groups with the same one would only take their turns together.
  private static func path(_ source: ClientSource, _ isKnown: Bool) -> [Int] {
    [isKnown ? 1 : 0, source.site.hashValue, source.hashValue]
  }

  private func take(_ source: ClientSource) throws(Problem) {
    let share = share
    let isFree = held.withLock { held in
      guard held[source, default: 0] < share else { return false }
      held[source, default: 0] += 1
      return true
    }
    guard isFree else { throw Self.shareIsTaken }
  }

  private func giveBack(_ source: ClientSource) {
    held.withLock { held in
      let left = held[source, default: 1] - 1
      held[source] = left > 0 ? left : nil
    }
  }

  private static var shareIsTaken: Problem {
    .unavailable("The service is at its limit for your address.", retryAfterSeconds: retryAfterSeconds)
  }
}
