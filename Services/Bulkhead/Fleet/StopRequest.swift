import Foundation
import Runtime
import Synchronization

/// Ctrl-C, SIGTERM, or a terminal that was closed.
///
/// While no process of the fleet runs yet it ends the tool at once: what was begun is rolled back with its connection.
/// Later it is asked for by polling, so that the fleet ends in order; the second one kills the fleet.
final class StopRequest: Sendable {
  private enum State {
    case preparing
    case running([FleetProcess])
    case requested([FleetProcess])
  }

  private let state = Mutex(State.preparing)
  private let observation = Mutex<SignalObservation?>(nil)

  init() {
    observation.withLock { observation in
      observation = Signals.observe(Self.signals) { [weak self] _ in self?.request() }
    }
  }

  var isRequested: Bool {
    state.withLock { if case .requested = $0 { true } else { false } }
  }

  /// From here on a request waits for the fleet's end in order; the second one kills these.
  func watch(_ processes: [FleetProcess]) {
    state.withLock { state in
      switch state {
      case .preparing, .running: state = .running(processes)
      case .requested: state = .requested(processes)
      }
    }
  }

  private func request() {
    state.withLock { state in
      switch state {
      case .preparing: ExitCode.failure.exit()
      case .running(let processes): state = .requested(processes)
      case .requested(let processes):
        for process in processes { process.killNow() }
        ExitCode.failure.exit()
      }
    }
  }

  /// A closed terminal counts, unless `nohup` said that it shall not.
  private static var signals: [Int32] {
    var hangUp = sigaction()
    sigaction(SIGHUP, nil, &hangUp)
    let isIgnored = unsafeBitCast(hangUp.__sigaction_handler.sa_handler, to: Int.self) == 1  // SIG_IGN
    return isIgnored ? Signals.termination : Signals.termination + [SIGHUP]
  }
}
