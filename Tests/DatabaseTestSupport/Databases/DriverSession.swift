import DataAccess
import EventLoop
import TestSupport

/// One connection of a driver, without a pool, for tests of the driver itself.
package struct DriverSession: Sendable {
  /// The connection, confined to its loop.
  package let connection: LoopBound<any DatabaseConnection>

  /// Opens a connection, passes it to `body`, and closes it.
  @discardableResult
  package static func with<Value: Sendable>(
    _ driver: any DatabaseDriver, on loop: EventLoop, _ body: (DriverSession) async throws -> Value
  ) async throws -> Value {
    let session = DriverSession(connection: try await driver.connect(on: loop))
    defer { session.close() }
    return try await body(session)
  }

  /// Executes one statement of hand-written SQL.
  @discardableResult
  package func run(_ sql: String, _ bindings: [DatabaseValue] = []) async throws(DatabaseError)
    -> any ResultSet
  {
    try await execute(Query(sql: sql, bindings: bindings, operation: Operation(.other, label: "test")))
  }

  /// Executes one statement.
  package func execute(_ query: Query) async throws(DatabaseError) -> any ResultSet {
    let outcomes = await executeTogether([query])
    return try outcomes[0].get()
  }

  /// Submits statements within one batch of the loop's events, and returns their results in order.
  package func executeTogether(_ queries: [Query]) async -> [Result<any ResultSet, DatabaseError>] {
    let connection = connection
    return await withUnsafeContinuation { continuation in
      connection.loop.execute {
        let outcomes = Outcomes(count: queries.count) { continuation.resume(returning: $0) }
        for (index, query) in queries.enumerated() {
          connection.value.execute(query) { outcomes.set($0, at: index) }
        }
      }
    }
  }

  /// Whether the session is still open.
  package func isOpen() async -> Bool {
    let connection = connection
    return await withUnsafeContinuation { continuation in
      connection.loop.execute { continuation.resume(returning: connection.value.isOpen) }
    }
  }

  /// Ends the session.
  package func close() {
    let connection = connection
    connection.loop.execute { connection.value.close() }
  }
}

/// Collects the outcomes of several statements, and stops the test when one completes twice.
private final class Outcomes {
  private var outcomes: [Result<any ResultSet, DatabaseError>?]
  private var missing: Int
  private let completion: ([Result<any ResultSet, DatabaseError>]) -> Void

  init(count: Int, completion: @escaping ([Result<any ResultSet, DatabaseError>]) -> Void) {
    outcomes = Array(repeating: nil, count: count)
    missing = count
    self.completion = completion
  }

  func set(_ outcome: Result<any ResultSet, DatabaseError>, at index: Int) {
    precondition(outcomes[index] == nil, "a statement was completed twice")
    outcomes[index] = outcome
    missing -= 1
    if missing == 0 { completion(outcomes.compactMap { $0 }) }
  }
}

extension Result where Success == any ResultSet, Failure == DatabaseError {
  /// The error, when there is one.
  package var error: DatabaseError? {
    if case .failure(let error) = self { error } else { nil }
  }

  /// The integer in the first field, when there is one.
  package var integer: Int64? {
    guard case .success(let rows) = self, rows.rowCount > 0 else { return nil }
    return try? rows.integer(0, 0)
  }
}
