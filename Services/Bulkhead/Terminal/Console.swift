import Foundation

/// What the tool tells: results on standard output, progress and errors on standard error.
struct Console: Sendable {
  let out = Paint(descriptor: STDOUT_FILENO)
  let err = Paint(descriptor: STDERR_FILENO)

  /// One line of a result.
  func say(_ line: String = "") {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }

  /// One line of progress.
  func progress(_ line: String) {
    FileHandle.standardError.write(Data((err.dim("· ") + line + "\n").utf8))
  }

  /// One line that says what went wrong.
  func complain(_ line: String) {
    FileHandle.standardError.write(Data((err.red("error: ") + line + "\n").utf8))
  }
}
