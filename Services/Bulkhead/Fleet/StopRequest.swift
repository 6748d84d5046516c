import Dispatch
import Runtime
import Synchronization

/// A request to stop the tool: Ctrl-C, SIGTERM, or a closed terminal.
///
/// While no process of the fleet runs, the first request ends the tool, as it does any command (``CommandStop``). While the
/// tool changes the schema, the request cancels the running step. Afterwards the tool polls for the request, or the request
/// cancels the work beside the fleet, and the tool stops the fleet in order. The second request kills the fleet.
final class StopRequest: Sendable {
  private enum State {
    case preparing
    case migrating(MigrationStop)
    case running([FleetProcess], cancel: (@Sendable () -> Void)? = nil)
    case requested([FleetProcess])
  }

  private let state = Mutex(State.preparing)
  private let command: CommandStop

  init(of command: CommandStop) {
    self.command = command
    command.pass { [weak self] in self?.request($0) }
  }

  var isRequested: Bool {
    state.withLock { if case .requested = $0 { true } else { false } }
  }

  /// After this call, the first request only sets ``isRequested``, and the second one kills these processes.
  func watch(_ processes: [FleetProcess]) {
    state.withLock { state in
      switch state {
      case .preparing, .migrating, .running: state = .running(processes)
      case .requested: state = .requested(processes)
      }
    }
  }

  /// Runs work beside the fleet, which a request cancels. The tool does not wait for work that goes on for
  /// ``CommandStop/graceSeconds`` after that.
  ///
  /// - Throws: also where a request ends the work; `purpose` says then what did not come to its end.
  func cancelling<Value: Sendable>(
    _ purpose: String, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    let (outcomes, outcome) = AsyncStream<Result<Value, any Error>>.makeStream()
    let task = Task {
      do { outcome.yield(.success(try await body())) } catch { outcome.yield(.failure(error)) }
      outcome.finish()
    }
    let cancel: @Sendable () -> Void = {
      task.cancel()
      DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(CommandStop.graceSeconds)) {
        outcome.finish()
      }
    }
    let isLate = state.withLock { state in
      guard case .running(let processes, _) = state else { return true }
      state = .running(processes, cancel: cancel)
      return false
    }
    if isLate { cancel() }
    defer { state.withLock { if case .running(let processes, _) = $0 { $0 = .running(processes) } } }
    for await result in outcomes {
      if case .failure = result, isRequested { break }
      return try result.get()
    }
    throw ToolError("stopped before \(purpose) had ended")
  }

  /// Runs migrations, which a request cancels.
  func migrating<Result>(
    _ body: (MigrationStop) async throws -> Result
  ) async throws -> Result {
    let run = MigrationStop(of: command)
    state.withLock { if case .preparing = $0 { $0 = .migrating(run) } }
    defer { state.withLock { if case .migrating = $0 { $0 = .preparing } } }
    let result = try await body(run)
    // A request may come too late for the last statement.
    if run.isRequested { throw ToolError("stopped on request") }
    return result
  }

  private func request(_ signal: Int32) {
    state.withLock { state in
      switch state {
      case .preparing: command.request(signal, code: ExitCode.failure.rawValue)
      case .migrating(let run): run.request()
      case .running(let processes, let cancel):
        state = .requested(processes)
        command.console.progress("stopping on request; a second signal stops everything at once")
        cancel?()
      case .requested(let processes):
        for process in processes { process.killNow() }
        command.console.printError("a second signal stopped everything at once")
        ExitCode.failure.exit()
      }
    }
  }
}
