import DataAccess
import EventLoop
import Logging
import Runtime

extension ServiceCommand {
  /// How long `wait` waits by default.
  static let defaultWaitSeconds = 300
  /// The range of `--timeout`.
  static let waitSeconds = 1...86_400

  /// Waits until the service can start, for an init container or a script that starts it afterwards.
  ///
  /// It connects with the service's own account, so it waits for the account, its rights and the schema. It fails at
  /// the time limit, and at once when waiting cannot help.
  func wait(_ setup: ServiceSetup, seconds: Int) async -> ExitCode {
    let database = setup.configuration.database
    let logger = Logger.program(
      setup.definition.name, settings: setup.configuration.log, sink: output.complaints)
    // The kernel delivers no signal without a handler to the first process of a container.
    let observation = Signals.observe(endingSignals) { _ in ExitCode.failure.exit() }
    defer { withExtendedLifetime(observation) {} }
    guard let loop = try? EventLoop.make(name: "wait") else {
      output.complain("\(program): cannot create an event loop")
      return .failure
    }
    loop.start()
    defer { loop.stop() }
    let wait = SchemaWait(
      driver: database.makeDriver(), configuration: database.configuration, logger: logger)
    switch await TimeLimit.value(seconds: Double(seconds), { await wait.outcome(on: loop) }) {
    case .success: return answer("\(program): the database and its schema are ready")
    case .failure(let failure):
      output.complain("\(program): \(failure)")
      return failure.exitCode
    case nil:
      output.complain(
        "\(program): the database was not ready within \(seconds) s; see the lines above")
      return .failure
    }
  }
}

/// Repeats the startup check until it passes: meanwhile the server starts, the tool creates the account and the
/// migrations run.
struct SchemaWait: Sendable {
  /// The shortest pause between two checks, even with a shorter `DB_RETRY_DELAY`.
  static let minimumPauseMilliseconds = 100

  private let check: StartupCheck
  private let pauseMilliseconds: Int
  private let logger: Logger

  init(driver: any DatabaseDriver, configuration: DatabaseConfiguration, logger: Logger) {
    var configuration = configuration
    configuration.maximumRetries = 1
    check = StartupCheck(driver: driver, configuration: configuration, logger: logger)
    pauseMilliseconds = max(Self.minimumPauseMilliseconds, configuration.retryDelaySeconds * 1000)
    self.logger = logger
  }

  /// Success once the check passes; a failure only when waiting cannot help. Ends early when its task is cancelled.
  func outcome(on loop: EventLoop) async -> Result<Void, StartFailure> {
    var logged: String?
    while true {
      do throws(StartFailure) {
        return .success(try await check.pass(on: loop))
      } catch .refused(let reason) {
        if reason != logged { logger.info("waiting: \(reason)") }
        logged = reason
        if Task.isCancelled { return .failure(.refused(reason)) }
      } catch {
        return .failure(error)
      }
      await loop.sleep(milliseconds: pauseMilliseconds)
    }
  }
}
