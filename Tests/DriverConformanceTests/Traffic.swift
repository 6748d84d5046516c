import DataAccess
import Schema
import Synchronization
import TestSupport

/// Writes rows one after another until it is stopped, and records which writes the database has acknowledged.
final class Traffic: Sendable {
  /// The results of the writes.
  struct Outcome: Sendable {
    var labels: Set<String> = []
    var failures = 0
  }

  private let database: Database
  private let end = StopFlag()
  private let outcome = Mutex(Outcome())

  init(database: Database) {
    self.database = database
  }

  /// How many writes the database has acknowledged so far.
  var acknowledgedCount: Int { outcome.withLock { $0.labels.count } }

  /// How many writes have failed so far.
  var failureCount: Int { outcome.withLock { $0.failures } }

  /// Ends the traffic after the current write.
  func stop() { end.set() }

  func run() async -> Outcome {
    var number = 0
    while !end.isSet {
      number += 1
      let label = "write \(number)"
      do {
        try await database.run(Samples.insert(\.label <- label))
        outcome.withLock { _ = $0.labels.insert(label) }
      } catch {
        outcome.withLock { $0.failures += 1 }
      }
    }
    return outcome.withLock { $0 }
  }
}
