import DataAccess
import EventLoop
import Logging
import Runtime

extension ServiceCommand {
  /// How long `wait` waits where nothing else is said.
  static let defaultWaitSeconds = 300
  /// What `--timeout` may say.
  static let waitSeconds = 1...86_400

  /// Waits until the service could start, for whoever may start it only then: an init container, a script.
  ///
  /// It looks with the service's own account, so what it waits for is what the service needs: the account, its
  /// rights, and the schema. It ends with an error when the time is over, and at once where no time would help.
  func wait(_ setup: ServiceSetup, seconds: Int) async -> ExitCode {
    let database = setup.configuration.database
    let logger = Logger.program(
      setup.definition.name, settings: setup.configuration.log, sink: output.complaints)
    // As the first process of a container it would not be ended by a signal that nobody handles.
    let observation = Signals.observe(endingSignals) { _ in ExitCode.failure.exit() }
    defer { withExtendedLifetime(observation) {} }
    guard let loop = try? EventLoop.make(name: "wait") else {
      output.complain("\(program): there are no resources for an event loop")
      return .failure
    }
    loop.start()
    defer { loop.stop() }
    let wait = SchemaWait(
      driver: database.driver, configuration: database.configuration, logger: logger)
    switch await TimeLimit.value(seconds: Double(seconds), { await wait.outcome(on: loop) }) {
    case .success: return answer("\(program): the database and its schema are there")
    case .failure(let failure):
      output.complain("\(program): \(failure)")
      return failure.exitCode
    case nil:
      output.complain(
        "\(program): the database was not fit to be used within \(seconds) s; see the lines above")
      return .failure
    }
  }
}
