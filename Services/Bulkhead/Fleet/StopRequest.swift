import Runtime
import Synchronization

/// Ctrl-C or SIGTERM, asked for by polling: the second one ends the tool at once.
final class StopRequest: Sendable {
  private let requests = Atomic<Int>(0)
  private let observation = Mutex<SignalObservation?>(nil)

  init() {
    observation.withLock { observation in
      observation = Signals.observe(Signals.termination) { [weak self] _ in self?.request() }
    }
  }

  var isRequested: Bool { requests.load(ordering: .relaxed) > 0 }

  private func request() {
    if requests.add(1, ordering: .relaxed).newValue > 1 { ExitCode.failure.exit() }
  }
}
