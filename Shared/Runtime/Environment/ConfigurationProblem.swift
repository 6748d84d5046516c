/// One thing that is wrong with the configuration, told by the name of its variable.
///
/// The message never repeats the value: a password that landed in the wrong variable must not reach a log.
public struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The environment variable to mend, for example `DB_PASS`.
  public let variable: String
  /// What is wrong with it, and what would be right.
  public let message: String

  /// Names a problem; see the type for what the message must not hold.
  public init(variable: String, message: String) {
    self.variable = variable
    self.message = message
  }

  /// `DB_PASS: is not set`.
  public var description: String { "\(variable): \(message)" }
}

/// Everything that is wrong with the configuration, so that one start is enough to learn of all of it.
public struct ConfigurationProblems: Error, Sendable, Hashable, CustomStringConvertible {
  /// In the order in which the variables were read; never empty.
  public let problems: [ConfigurationProblem]

  /// Collects what was found.
  public init(_ problems: [ConfigurationProblem]) {
    self.problems = problems
  }

  /// One problem a line.
  public var description: String { problems.map(\.description).joined(separator: "\n") }
}
