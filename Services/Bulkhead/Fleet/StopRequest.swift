import Runtime
import Synchronization

/// A request to stop the tool: Ctrl-C, SIGTERM, or a closed terminal.
///
/// While no process of the fleet runs, the first request ends the tool, as it does any command (``CommandStop``). While the
/// tool changes the schema, the request cancels the running step. Afterwards the tool polls for the request and stops the
/// fleet in order. The second request kills the fleet.
final class StopRequest: Sendable {
  private enum State {
    case preparing
    case migrating(MigrationStop)
    case running([FleetProcess])
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
      case .running(let processes): state = .requested(processes)
      case .requested(let processes):
        for process in processes { process.killNow() }
        ExitCode.failure.exit()
      }
    }
  }
}
