import Dispatch
import Runtime

/// The main function of every service.
///
/// ```swift
/// @main struct Main {
///   static func main() {
///     ServiceMain.run("connector") { environment in ConnectorService(reading: &environment) }
///   }
/// }
/// ```
package enum ServiceMain {
  /// Does what the arguments ask for and ends the process. `make` may read settings of the service's own from the
  /// environment; problems it reports are shown with all the others.
  package static func run(
    _ program: String, make: @escaping @Sendable (inout EnvironmentReader) -> any ServiceDefinition
  ) -> Never {
    Signals.ignoreBrokenPipes()
    let arguments = Array(CommandLine.arguments.dropFirst())
    Task.detached {
      let command = ServiceCommand(program: program, make: make)
      await command.run(arguments).exit()
    }
    // The main thread rests here; a loop never runs on it.
    dispatchMain()
  }
}
