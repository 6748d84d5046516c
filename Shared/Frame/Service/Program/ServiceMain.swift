import Dispatch
import EventLoop
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
  /// The argument of a program whose starter holds the other end of its standard input. The system closes that end when the
  /// starter is killed, and the program then stops in order.
  package static let endWithInput = "--end-with-input"

  /// Runs the command that the arguments name and ends the process. `make` may read the service's own settings from the
  /// environment; its problems are reported with all the others.
  package static func run(
    _ program: String, make: @escaping @Sendable (inout EnvironmentReader) -> any ServiceDefinition
  ) -> Never {
    Signals.ignoreBrokenPipes()
    Heap.returnLargeBlocks()
    let arguments = Array(CommandLine.arguments.dropFirst())
    Task.detached {
      let command = ServiceCommand(program: program, make: make)
      await command.run(arguments).exit()
    }
    // The main thread waits here; no loop runs on it.
    dispatchMain()
  }
}

/// The version that all programs of a checkout share; `--version`, `whoami` and the OpenAPI document show it.
package enum ServiceVersion {
  /// Semantic versioning; CHANGELOG.md has the history.
  package static let current = "0.1.0"
}
