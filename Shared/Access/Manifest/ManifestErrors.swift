/// One error in the manifest, with its line.
package struct ManifestProblem: Sendable, Hashable, CustomStringConvertible {
  /// The path that the caller passed to ``AccessManifest/load(path:)``.
  package let file: String
  /// The line, counted from 1; nil where the error concerns the whole file.
  package let line: Int?
  /// What is wrong, and what is expected instead.
  package let message: String

  /// `file:line: message`, the form that editors jump to.
  package var description: String {
    line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
  }
}

/// All errors in a manifest, in the order of their lines.
package struct ManifestErrors: Error, Sendable, Hashable, CustomStringConvertible {
  /// The errors; at least one.
  package let problems: [ManifestProblem]

  /// One line for each error.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
