import DataAccess
import EventLoop
import Synchronization

/// A connection that counts the statements that it executes, transaction control included.
final class CountingConnection: DatabaseConnection {
  private let connection: LoopBound<any DatabaseConnection>
  private let count: @Sendable () -> Void

  init(_ connection: LoopBound<any DatabaseConnection>, count: @escaping @Sendable () -> Void) {
    self.connection = connection
    self.count = count
  }

  var dialect: Dialect { connection.value.dialect }
  var isOpen: Bool { connection.value.isOpen }

  var onLost: ((DatabaseError) -> Void)? {
    get { connection.value.onLost }
    set { connection.value.onLost = newValue }
  }

  func execute(_ query: Query, completion: @escaping Completion) {
    count()
    connection.value.execute(query, completion: completion)
  }

  func execute(group: [Query], completion: @escaping GroupCompletion) {
    for _ in group { count() }
    connection.value.execute(group: group, completion: completion)
  }

  func cancel(whenDone: @escaping () -> Void) { connection.value.cancel(whenDone: whenDone) }
  func close() { connection.value.close() }
}
