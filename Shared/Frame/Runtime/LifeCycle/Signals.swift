import Dispatch
import Glibc
import Synchronization

/// Signals as events on a Dispatch queue, instead of code in a signal handler.
package enum Signals {
  /// The signals that request a program to end.
  package static let termination: [Int32] = [SIGTERM, SIGINT]

  /// The signals that request a program to read its files again.
  package static let reload: [Int32] = [SIGHUP]

  /// A queue of its own, which no other work can fill.
  fileprivate static let queue = DispatchQueue(label: "signals")

  fileprivate static let terminationRequest = Atomic<Bool>(false)

  /// Whether an observed signal has requested the program to end.
  package static var wasTerminationRequested: Bool { terminationRequest.load(ordering: .relaxed) }

  /// Ignores SIGPIPE, so that a write to a closed connection fails with `EPIPE`. The C clients write without a flag
  /// for that.
  package static func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Calls the handler each time one of the signals arrives.
  ///
  /// The function ignores the signals first, because their default action would end the process before the source
  /// reports them. The caller keeps the result; releasing it ends the observation.
  package static func observe(
    _ signals: [Int32], handler: @escaping @Sendable (Int32) -> Void
  ) -> SignalObservation {
    let observation = SignalObservation()
    for number in signals { observation.add(number, handler) }
    return observation
  }
}

/// An observation of signals, which ends with its release.
package final class SignalObservation: Sendable {
  private let sources = Mutex<[any DispatchSourceSignal]>([])

  fileprivate func add(_ number: Int32, _ handler: @escaping @Sendable (Int32) -> Void) {
    signal(number, SIG_IGN)
    sources.withLock { sources in
      let source = DispatchSource.makeSignalSource(signal: number, queue: Signals.queue)
      source.setEventHandler {
        if Signals.termination.contains(number) { Signals.terminationRequest.store(true, ordering: .relaxed) }
        handler(number)
      }
      source.activate()
      sources.append(source)
    }
  }

  deinit {
    sources.withLock { sources in
      for source in sources { source.cancel() }
    }
  }
}
