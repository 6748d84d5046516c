/// Why a test could not be set up. A test that cannot be set up fails; it is never skipped.
package struct SupportError: Error, Sendable, CustomStringConvertible {
  /// What is missing, and what to do about it.
  package let description: String

  /// An error with its explanation.
  package init(_ description: String) {
    self.description = description
  }
}
