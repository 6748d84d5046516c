import Dispatch
import Glibc
import Synchronization

/// Signals as events on a Dispatch queue, instead of code in a signal handler.
package enum Signals {
  /// What asks a program to end.
  package static let termination: [Int32] = [SIGTERM, SIGINT]

  /// Lets a write to a closed connection fail with `EPIPE` instead of killing the process; the C clients write too.
  package static func ignoreBrokenPipes() {
    signal(SIGPIPE, SIG_IGN)
  }

  /// Calls the handler whenever one of the signals arrives.
  ///
  /// The default action is switched off first: as process 1 of a container a signal without a handler would be ignored
  /// anyway, and elsewhere it would kill before the source could tell. Keep the result; releasing it stops listening.
  package static func observe(
    _ signals: [Int32], handler: @escaping @Sendable (Int32) -> Void
  ) -> SignalObservation {
    let observation = SignalObservation()
    for number in signals { observation.add(number, handler) }
    return observation
  }
}

/// Keeps listening to signals for as long as it lives.
package final class SignalObservation: Sendable {
  private let sources = Mutex<[any DispatchSourceSignal]>([])

  fileprivate func add(_ number: Int32, _ handler: @escaping @Sendable (Int32) -> Void) {
    signal(number, SIG_IGN)
    sources.withLock { sources in
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { handler(number) }
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
