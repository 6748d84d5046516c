import EventLoop
import Glibc
import Runtime

/// A definition, its configuration and its engine, read together so that all problems are told together.
struct ServiceSetup: Sendable {
  let definition: any ServiceDefinition
  let configuration: ServiceConfiguration
  let engine: DatabaseEngine

  init(
    reading environment: consuming EnvironmentReader, make: (inout EnvironmentReader) -> any ServiceDefinition
  ) throws(ConfigurationProblems) {
    var environment = environment
    definition = make(&environment)
    configuration = ServiceConfiguration(
      name: definition.name, defaultPort: definition.defaultPort, tokenKey: definition.tokenKey,
      reading: &environment, cores: EventLoopGroup.processorCount, isTerminal: isatty(STDERR_FILENO) == 1)
    let wanted = configuration.database.engine
    guard let engine = definition.engines.first(where: { $0.name == wanted }) else {
      let known = definition.engines.map(\.name.rawValue).joined(separator: ", ")
      environment.report("DB_TYPE", "is \(wanted.rawValue), and this program was built with \(known)")
      try environment.finish()
      throw ConfigurationProblems(environment.problems)
    }
    self.engine = engine
    try environment.finish()
  }
}
