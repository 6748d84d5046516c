import DataAccess
import Schema
import Synchronization

/// Writes rows one after the other until it is stopped, and remembers which the database has acknowledged.
final class Traffic: Sendable {
  /// What became of the writes.
  struct Account: Sendable {
    var labels: Set<String> = []
    var failures = 0
  }

  private let database: Database
  private let isStopped = Atomic<Bool>(false)
  private let account = Mutex(Account())

  init(database: Database) {
    self.database = database
  }

  /// How many writes the database has acknowledged so far.
  var acknowledgedCount: Int { account.withLock { $0.labels.count } }

  /// How many writes have failed so far.
  var failureCount: Int { account.withLock { $0.failures } }

  /// Ends the traffic after the write that is under way.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
  }

  func run() async -> Account {
    var number = 0
    while !isStopped.load(ordering: .relaxed) {
      number += 1
      let label = "write \(number)"
      do {
        try await database.run(Samples.insert(\.label <- label))
        account.withLock { _ = $0.labels.insert(label) }
      } catch {
        account.withLock { $0.failures += 1 }
      }
    }
    return account.withLock { $0 }
  }
}
