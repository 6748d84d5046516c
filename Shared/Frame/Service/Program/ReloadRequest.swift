import Logging
import Runtime

/// SIGHUP: read again what may be read again, and end nothing.
///
/// The signal is observed from the start of the program, because its default action ends the process.
struct ReloadRequest: Sendable {
  private let arrivals: AsyncStream<Void>
  private let observation: SignalObservation
  private let logger: Logger

  init(logger: Logger, signals: [Int32] = Signals.reload) {
    let (stream, arrival) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    arrivals = stream
    observation = Signals.observe(signals) { _ in arrival.yield() }
    self.logger = logger
  }

  /// Reloads for each signal until the task is cancelled.
  func serve(_ certificates: CertificateReport?) async {
    for await _ in arrivals {
      if let certificates {
        await certificates.reload()
      } else {
        logger.info("nothing to reload")
      }
    }
  }
}
