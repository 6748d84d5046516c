import FoundationEssentials

extension EnvironmentReader {
  /// The environment and the file system of this process.
  package static func process() -> EnvironmentReader {
    EnvironmentReader(variables: ProcessInfo.processInfo.environment) { path in
      try String(contentsOfFile: path, encoding: .utf8)
    }
  }
}
