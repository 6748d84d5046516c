import EventLoop
import Glibc
import Runtime

/// A definition and its configuration, read together so that one start reports all problems.
struct ServiceSetup: Sendable {
  let definition: any ServiceDefinition
  let configuration: ServiceConfiguration

  init(
    reading environment: consuming EnvironmentReader, make: (inout EnvironmentReader) -> any ServiceDefinition
  ) throws(ConfigurationProblems) {
    var environment = environment
    definition = make(&environment)
    configuration = try ServiceConfiguration(
      name: definition.name, defaultPort: definition.defaultPort, tokenKey: definition.tokenKey,
      engines: definition.engines, reading: &environment, cores: EventLoopGroup.processorCount,
      isTerminal: isatty(STDERR_FILENO) == 1)
  }
}
