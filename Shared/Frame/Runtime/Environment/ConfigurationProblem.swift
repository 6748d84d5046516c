/// One error in the configuration, with the name of its variable.
///
/// The message never contains the value, because a password in the wrong variable must not reach a log.
package struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
  /// The environment variable to correct, for example `DB_PASS`.
  package let variable: String
  /// What is wrong, and what is expected instead.
  package let message: String

  /// Creates a problem. The message must not contain the value.
  package init(variable: String, message: String) {
    self.variable = variable
    self.message = message
  }

  /// `DB_PASS: is not set`.
  package var description: String { "\(variable): \(message)" }
}

/// All errors in the configuration, so that one start reports all of them.
package struct ConfigurationProblems: Error, Sendable, Hashable, CustomStringConvertible {
  /// The errors, in the order of reading; at least one.
  package let problems: [ConfigurationProblem]

  /// Creates an error from these problems.
  package init(_ problems: [ConfigurationProblem]) {
    self.problems = problems
  }

  /// One line for each problem.
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}
