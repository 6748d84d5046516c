import Glibc

/// The size of a test that `make stress` enlarges.
package enum TestSize {
  /// The whole number in the environment variable; nil where it is not set. A value that cannot be read fails the test: the
  /// usual size would pass for the large one.
  package static func of(_ variable: String) throws -> Int? {
    guard let value = getenv(variable) else { return nil }
    return try size(String(cString: value), of: variable)
  }

  /// The whole number above 0 that the text says.
  package static func size(_ text: String, of variable: String) throws -> Int {
    guard let size = Int(text), size > 0 else {
      throw SupportError("\(variable) is no whole number above 0, such as 1000000: \"\(text)\"")
    }
    return size
  }
}
