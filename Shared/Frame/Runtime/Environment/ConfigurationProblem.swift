/// One thing that is wrong with the configuration, told by the name of its variable.
///
/// The message never repeats the value: a password that landed in the wrong variable must not reach a log.
package struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The environment variable to mend, for example `DB_PASS`.
  package let variable: String
  /// What is wrong with it, and what would be right.
  package let message: String

  /// Names a problem; see the type for what the message must not hold.
  package init(variable: String, message: String) {
    self.variable = variable
    self.message = message
  }

  /// `DB_PASS: is not set`.
  package var description: String { "\(variable): \(message)" }
}

/// Everything that is wrong with the configuration, so that one start is enough to learn of all of it.
package struct ConfigurationProblems: Error, Sendable, Hashable, CustomStringConvertible {
  /// In the order in which the variables were read; never empty.
  package let problems: [ConfigurationProblem]

  /// Collects what was found.
  package init(_ problems: [ConfigurationProblem]) {
    self.problems = problems
  }

  /// One problem a line.
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
