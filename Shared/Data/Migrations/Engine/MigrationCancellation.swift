import DataAccess
import Synchronization

/// A request to stop a run: the engine cancels the statement that is running, rolls its step back, and starts no other.
package final class MigrationCancellation: Sendable {
  private typealias Running = Task<Swift.Result<any ResultSet, DatabaseError>, Never>

  private struct State {
    var isRequested = false
    var running: [Int: Running] = [:]
    var last = 0
  }

  private let state = Mutex(State())

  /// A run that nothing has stopped yet.
  package init() {}

  /// Whether a stop was requested.
  package var isRequested: Bool { state.withLock { $0.isRequested } }

  /// Requests the stop, from any thread.
  package func request() {
    let running = state.withLock { state in
      state.isRequested = true
      return Array(state.running.values)
    }
    for task in running { task.cancel() }
  }

  /// Throws once a stop was requested.
  func check() throws(MigrationError) {
    if isRequested { throw .cancelled }
  }

  /// Executes a statement that may run for long or wait for a lock. A request cancels it in the engine, also one that
  /// comes before the statement has reached the engine; after a request it fails with `cancelled`.
  func execute(_ query: Query, _ runner: any StatementRunner) async throws(DatabaseError) -> any ResultSet {
    let task = Running {
      do throws(DatabaseError) {
        return .success(try await runner.execute(query))
      } catch {
        return .failure(error)
      }
    }
    let number = begin(task)
    defer { state.withLock { $0.running[number] = nil } }
    return try await task.value.get()
  }

  private func begin(_ task: Running) -> Int {
    let (number, isRequested) = state.withLock { state in
      state.last += 1
      state.running[state.last] = task
      return (state.last, state.isRequested)
    }
    if isRequested { task.cancel() }
    return number
  }
}
