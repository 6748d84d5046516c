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

  init(database: Database) {
    self.database = database
  }

  /// Ends the traffic after the write that is under way.
  func stop() {
    isStopped.store(true, ordering: .relaxed)
  }

  func run() async -> Account {
    var account = Account()
    var number = 0
    while !isStopped.load(ordering: .relaxed) {
      number += 1
      do {
        try await database.run(Samples.insert(\.label <- "write \(number)"))
        account.labels.insert("write \(number)")
      } catch {
        account.failures += 1
      }
    }
    return account
  }
}
