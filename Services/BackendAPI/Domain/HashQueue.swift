import EventLoop
import Routing
import Synchronization

/// The threads that hash passwords, and what one source holds of their queue at most. All loops of a process share it.
///
/// The queue serves in the order of arrival. Without a share, one source that signs in to its own account again and again
/// fills it: only failures are counted, so nothing slows that source down, and everybody else is refused. The share
/// is counted in the process. A source that is at its limit in one process has not taken another one's threads.
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
  private let held = Mutex<[String: Int]>([:])

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

  /// Why no hash for this source can begin now; nil when one can.
  func refusal(of source: String) -> (any Error)? {
    if held.withLock({ $0[source, default: 0] }) >= share { return Self.shareIsTaken }
    return threads.refusal
  }

  /// Runs a hash for a source, and gives its place back however it ends.
  func run<Value: Sendable>(
    for source: String, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try take(source)
    defer { giveBack(source) }
    return try await threads.run(body)
  }

  private func take(_ source: String) throws(Problem) {
    let share = share
    let isFree = held.withLock { held in
      guard held[source, default: 0] < share else { return false }
      held[source, default: 0] += 1
      return true
    }
    guard isFree else { throw Self.shareIsTaken }
  }

  private func giveBack(_ source: String) {
    held.withLock { held in
      let left = held[source, default: 1] - 1
      held[source] = left > 0 ? left : nil
    }
  }

  private static var shareIsTaken: Problem {
    .unavailable("The service is at its limit for your address.", retryAfterSeconds: retryAfterSeconds)
  }
}
