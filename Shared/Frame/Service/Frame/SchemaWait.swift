import DataAccess
import EventLoop
import Logging
import Runtime

/// Tries the gate again and again, because what it asks for is being made: the server starts, the account is being
/// created, the migrations run.
struct SchemaWait: Sendable {
  /// The shortest pause between two looks, whatever `DB_RETRY_DELAY` says.
  static let minimumPauseMilliseconds = 100

  private let gate: StartupCheck
  private let pauseMilliseconds: Int
  private let logger: Logger

  init(driver: any DatabaseDriver, configuration: DatabaseConfiguration, logger: Logger) {
    var configuration = configuration
    configuration.maximumRetries = 1
    gate = StartupCheck(driver: driver, configuration: configuration, logger: logger)
    pauseMilliseconds = max(Self.minimumPauseMilliseconds, configuration.retryDelaySeconds * 1000)
    self.logger = logger
  }

  /// Success once the gate lets a service pass; a failure only where no time would help. Ends early when its task is
  /// cancelled.
  func outcome(on loop: EventLoop) async -> Result<Void, StartFailure> {
    var told: String?
    while true {
      do throws(StartFailure) {
        return .success(try await gate.pass(on: loop))
      } catch .refused(let reason) {
        if reason != told { logger.info("waiting: \(reason)") }
        told = reason
        if Task.isCancelled { return .failure(.refused(reason)) }
      } catch {
        return .failure(error)
      }
      await loop.sleep(milliseconds: pauseMilliseconds)
    }
  }
}
