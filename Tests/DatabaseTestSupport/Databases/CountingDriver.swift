import DataAccess
import EventLoop
import Synchronization

/// A driver that counts its attempts to connect.
package final class CountingDriver: DatabaseDriver {
  private let driver: any DatabaseDriver
  private let connects = Atomic(0)

  /// Forwards every call to `driver`.
  package init(_ driver: any DatabaseDriver) {
    self.driver = driver
  }

  /// The number of attempts to connect.
  package var connectCount: Int { connects.load(ordering: .relaxed) }

  /// The dialect of the wrapped driver.
  package var dialect: Dialect { driver.dialect }

  /// As the wrapped driver.
  package var multiplexesReads: Bool { driver.multiplexesReads }

  /// As the wrapped driver.
  package var keepsSessions: Bool { driver.keepsSessions }

  /// Counts the attempt, and connects.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    connects.wrappingAdd(1, ordering: .relaxed)
    return try await driver.connect(on: loop)
  }

  /// Inspects the account with the wrapped driver.
  package func inspectAccount(
    using runner: any StatementRunner
  ) async throws(DatabaseError) -> AccountInspection {
    try await driver.inspectAccount(using: runner)
  }
}
