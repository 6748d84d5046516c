import Cryptography
import FoundationEssentials
import Secrets
import Transport

/// Reads the settings of a program from its environment, and collects all errors.
///
/// Each variable may be set as `NAME` or as `NAME_FILE`. The value of the latter is the content of that file without
/// its trailing newline, as Docker and Kubernetes mount secrets. An empty `NAME` counts as not set. A function that
/// fails records a ``ConfigurationProblem`` and returns a placeholder, so that the caller reads on. ``finish()``
/// throws all problems.
package struct EnvironmentReader {
  let variables: [String: String]
  private let readFile: (String) throws -> String

  /// The problems recorded so far.
  package private(set) var problems: [ConfigurationProblem] = []
  /// Doubtful settings, with which the program runs all the same.
  package private(set) var warnings: [ConfigurationProblem] = []

  /// Creates a reader over these variables. `readFile` reads the file of a `NAME_FILE`.
  package init(variables: [String: String], readFile: @escaping (String) throws -> String) {
    self.variables = variables
    self.readFile = readFile
  }

  /// Records a problem that the caller found, for example two settings that exclude each other.
  package mutating func report(_ variable: String, _ message: String) {
    problems.append(ConfigurationProblem(variable: variable, message: message))
  }

  /// Records a warning about a setting. The message must not contain a secret.
  package mutating func warn(_ variable: String, _ message: String) {
    warnings.append(ConfigurationProblem(variable: variable, message: message))
  }

  /// Throws the recorded problems, if there is one.
  package func finish() throws(ConfigurationProblems) {
    if !problems.isEmpty { throw ConfigurationProblems(problems) }
  }

  /// The value of a variable; nil where neither it nor its file is set.
  package mutating func optionalText(_ name: String) -> String? {
    let fileName = "\(name)_FILE"
    switch (setting(name), setting(fileName)) {
    case (nil, nil): return nil
    case (let value?, nil): return value
    case (nil, _?): return optionalPath(fileName).flatMap { contents(of: $0, for: fileName) }
    case (_?, _?):
      report(name, "is set both as \(name) and as \(fileName): set only one of them")
      return nil
    }
  }

  /// The path in a variable that names a file, such as `DB_CA_FILE`. The reader does not open the file.
  ///
  /// A text of several lines is the content of such a file, perhaps a key: the report does not repeat it.
  package mutating func optionalPath(_ name: String) -> String? {
    guard let value = setting(name), let likeness = PathText.likeness(of: value) else { return setting(name) }
    report(name, "is the text of a file: set the path of the file (\(likeness))")
    return nil
  }

  /// Whether the variable or its file is set.
  func isSet(_ name: String) -> Bool { variable(of: name) != nil }

  /// Which of the two is set: `NAME` or `NAME_FILE`. Nil where neither is.
  func variable(of name: String) -> String? { [name, "\(name)_FILE"].first { setting($0) != nil } }

  /// The value of a variable without a `NAME_FILE`, such as `JWKS_URL`.
  package mutating func optionalPlain(_ name: String) -> String? { setting(name) }

  /// Reports the file of certificate authorities that a connection uses, where it cannot be read or has no usable
  /// certificate. `name` is its variable.
  package mutating func checkAuthorities(of tls: TLSMode, _ name: String) {
    guard let path = tls.authorityFile, let text = text(ofFile: path, name),
      let objection = AuthorityText.objection(to: Array(text.utf8))
    else { return }
    report(name, "\(path) has no usable certificates: \(objection)")
  }

  /// Reports a file whose folder does not exist, because programs create files and no folders. `name` is its variable.
  mutating func checkFolder(of path: String, _ name: String) {
    guard let slash = path.lastIndex(of: "/"), !FileManager.default.fileExists(atPath: String(path[...slash]))
    else { return }
    report(name, "the folder of \(path) does not exist")
  }

  /// Reports a file that cannot be read, or that has no key which `parse` takes. `name` is its variable.
  mutating func checkKeyFile(
    _ path: String, _ name: String, _ parse: (String) throws(CryptographyError) -> Void
  ) {
    guard let text = text(ofFile: path, name) else { return }
    do throws(CryptographyError) {
      try parse(text)
    } catch {
      report(name, "\(path) has no usable key: \(error)")
    }
  }

  private mutating func text(ofFile path: String, _ name: String) -> String? {
    do {
      return try readFile(path)
    } catch {
      report(name, "\(path) cannot be read\(Self.reason(of: error))")
      return nil
    }
  }

  func setting(_ name: String) -> String? {
    guard let value = variables[name], !value.isEmpty else { return nil }
    return value
  }

  private mutating func contents(of path: String, for variable: String) -> String? {
    guard var text = fileText(path, for: variable) else { return nil }
    if text.hasSuffix("\r\n") || text.hasSuffix("\n") { text.removeLast() }
    guard text.isEmpty else { return text }
    report(variable, "the file is empty")
    return nil
  }

  mutating func fileText(_ path: String, for variable: String) -> String? {
    do {
      return try readFile(path)
    } catch {
      report(variable, "the file cannot be read\(Self.reason(of: error))")
      return nil
    }
  }

  private static func reason(of error: any Error) -> String {
    (error as? PlainFileError).map { ": \($0)" } ?? ""
  }
}

extension EnvironmentReader {
  /// Creates a reader over the environment and the file system of this process.
  package static func process() -> EnvironmentReader {
    EnvironmentReader(variables: ProcessInfo.processInfo.environment) { path in
      try PlainFile.text(of: path)
    }
  }
}
