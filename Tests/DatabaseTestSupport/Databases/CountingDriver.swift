import DataAccess
import EventLoop
import Synchronization

/// A driver that counts how often a connection was asked of it.
package final class CountingDriver: DatabaseDriver {
  private let driver: any DatabaseDriver
  private let connects = Atomic(0)

  /// Passes everything on to `driver`.
  package init(_ driver: any DatabaseDriver) {
    self.driver = driver
  }

  /// How often it was asked to connect.
  package var connectCount: Int { connects.load(ordering: .relaxed) }

  /// The engine's own.
  package var dialect: Dialect { driver.dialect }

  /// The engine's own.
  package var multiplexesReads: Bool { driver.multiplexesReads }

  /// Counts, and connects.
  package func connect(on loop: EventLoop) async throws(DatabaseError) -> LoopBound<any DatabaseConnection> {
    connects.wrappingAdd(1, ordering: .relaxed)
    return try await driver.connect(on: loop)
  }

  /// The engine's own.
  package func inspectAccount(
    using runner: any StatementRunner
  ) async throws(DatabaseError) -> AccountInspection {
    try await driver.inspectAccount(using: runner)
  }
}
