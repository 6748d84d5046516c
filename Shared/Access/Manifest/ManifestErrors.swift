/// One thing that is wrong with the manifest, where it stands.
package struct ManifestProblem: Sendable, Hashable, CustomStringConvertible {
  /// The file as it was named to ``AccessManifest/load(path:tables:)``.
  package let file: String
  /// The line, from 1; `nil` when the file as a whole is meant.
  package let line: Int?
  /// What is wrong and what would be right.
  package let message: String

  /// `file:line: message`, the form that editors jump to.
  package var description: String {
    line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)"
  }
}

/// Everything that is wrong with a manifest, at once and in the order of its lines.
package struct ManifestErrors: Error, Sendable, Hashable, CustomStringConvertible {
  /// At least one.
  package let problems: [ManifestProblem]

  /// One problem a line.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
