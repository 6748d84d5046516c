import DataAccess
import EventLoop
import Synchronization

/// A driver that counts its attempts to connect, and the statements that its connections execute.
package final class CountingDriver: DatabaseDriver {
  private let driver: any DatabaseDriver
  private let connects = Atomic(0)
  private let statements = Counter()

  private final class Counter: Sendable {
    let value = Atomic(0)
  }

  /// Forwards every call to `driver`.
  package init(_ driver: any DatabaseDriver) {
    self.driver = driver
  }

  /// The number of attempts to connect.
  package var connectCount: Int { connects.load(ordering: .relaxed) }

  /// The number of statements, transaction control included.
  package var executed: Int { statements.value.load(ordering: .relaxed) }

  /// The dialect of the wrapped driver.
  package var dialect: Dialect { driver.dialect }

  /// As the wrapped driver.
  package var multiplexesReads: Bool { driver.multiplexesReads }

  /// As the wrapped driver.
  package var keepsSessions: Bool { driver.keepsSessions }

  /// Counts the attempt, and connects.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    connects.wrappingAdd(1, ordering: .relaxed)
    let (connection, statements) = (try await driver.connect(on: loop), statements)
    let counting = CountingConnection(connection) { statements.value.wrappingAdd(1, ordering: .relaxed) }
    return LoopBound(counting, to: loop)
  }

  /// Inspects the account with the wrapped driver.
  package func inspectAccount(
    using runner: any StatementRunner
  ) async throws(DatabaseError) -> AccountInspection {
    try await driver.inspectAccount(using: runner)
  }
}
