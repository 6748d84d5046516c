import DataAccess
import EventLoop
import Schema
import Synchronization
import TestSupport

/// Writes rows from many tasks at 500 a second, each row with a label of its own, until it is stopped.
///
/// A late writer goes on at once until it has caught up, unless it is more than a second late: a fault is not followed by
/// all writes that it held up.
final class WriteLoad: Sendable {
  /// What the writers were told.
  struct Outcome: Sendable {
    /// The labels of acknowledged writes.
    var acknowledged: Set<String> = []
    /// The kinds of the errors of all other writes, with their number.
    var failures: [DatabaseError.Kind: Int] = [:]
    /// Errors that do not say that the database is unavailable.
    var unexpected: Set<String> = []
  }

  static let tasks = 16
  static let writesPerSecond = 500
  private static let interval = Duration.seconds(1) * tasks / writesPerSecond

  private let database: Database
  private let name: String
  private let end = StopFlag()
  private let outcome = Mutex(Outcome())

  /// The name is part of each label: several loads may write to one table.
  init(database: Database, name: String = "write") {
    self.database = database
    self.name = name
  }

  /// What has happened so far.
  var current: Outcome { outcome.withLock { $0 } }

  /// Ends the load after the current writes.
  func stop() { end.set() }

  /// Writes until ``stop()``.
  func run() async -> Outcome {
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<Self.tasks { group.addTask { await self.write(as: task) } }
    }
    return current
  }

  private func write(as task: Int) async {
    var number = 0
    var next = ContinuousClock.now
    while !end.isSet {
      number += 1
      let label = "\(name) \(task)-\(number)"
      do {
        try await database.run(Samples.insert(\.label <- label))
        outcome.withLock { _ = $0.acknowledged.insert(label) }
      } catch {
        outcome.withLock {
          $0.failures[error.kind, default: 0] += 1
          if !error.isUnavailability { $0.unexpected.insert("\(error.nativeCode) \(error.detail ?? "")") }
        }
      }
      let now = ContinuousClock.now
      next = max(next.advanced(by: Self.interval), now.advanced(by: .seconds(-1)))
      if next > now { await database.loop.sleep(milliseconds: Int((next - now) / .milliseconds(1))) }
    }
  }
}
