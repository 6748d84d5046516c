import Secrets

/// Reads the settings of a program from its environment, and collects every problem instead of stopping at the first.
///
/// Each variable may be given as `NAME`, or as `NAME_FILE`: then its value is what that file holds, without its
/// trailing newline (the shape of a Docker or Kubernetes secret). An empty `NAME` counts as not given. A reading
/// that fails records a ``ConfigurationProblem`` and returns a placeholder, so that reading goes on;
/// ``finish()`` then throws them all.
package struct EnvironmentReader {
  private let variables: [String: String]
  private let readFile: (String) throws -> String

  /// What was found wrong so far.
  package private(set) var problems: [ConfigurationProblem] = []

  /// A reader over these variables; `readFile` is what opens a `NAME_FILE`.
  package init(variables: [String: String], readFile: @escaping (String) throws -> String) {
    self.variables = variables
    self.readFile = readFile
  }

  /// Records a problem that only the caller could see, for example a pair of settings that do not go together.
  package mutating func report(_ variable: String, _ message: String) {
    problems.append(ConfigurationProblem(variable: variable, message: message))
  }

  /// Throws everything that was recorded, or returns when there was nothing.
  package func finish() throws(ConfigurationProblems) {
    if !problems.isEmpty { throw ConfigurationProblems(problems) }
  }

  /// The value of a variable, or nil where neither it nor its file is given.
  package mutating func optionalText(_ name: String) -> String? {
    let fileName = "\(name)_FILE"
    switch (given(name), given(fileName)) {
    case (nil, nil): return nil
    case (let value?, nil): return value
    case (nil, let path?): return contents(of: path, for: fileName)
    case (_?, _?):
      report(name, "is given both as \(name) and as \(fileName); give one of them")
      return nil
    }
  }

  /// The path in a variable that itself names a file, such as `DB_CA_FILE`; the file is not opened.
  package mutating func optionalPath(_ name: String) -> String? { given(name) }

  private func given(_ name: String) -> String? {
    guard let value = variables[name], !value.isEmpty else { return nil }
    return value
  }

  private mutating func contents(of path: String, for variable: String) -> String? {
    guard var text = try? readFile(path) else {
      report(variable, "the file cannot be read")
      return nil
    }
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    guard text.isEmpty else { return text }
    report(variable, "the file is empty")
    return nil
  }
}
