import Foundation

/// What the tool tells: results on standard output, progress and errors on standard error. Where nobody reads any more,
/// because the terminal is closed or the pipe has ended, the work goes on untold.
struct Console: Sendable {
  let out = Paint(descriptor: STDOUT_FILENO)
  let err = Paint(descriptor: STDERR_FILENO)

  /// One line of a result.
  func say(_ line: String = "") {
    write(line, to: .standardOutput)
  }

  /// One line of progress.
  func progress(_ line: String) {
    write(err(.faint, "· ") + line, to: .standardError)
  }

  /// One line that says what went wrong.
  func complain(_ line: String) {
    write(err(.bad, "error: ") + line, to: .standardError)
  }

  private func write(_ line: String, to file: FileHandle) {
    try? file.write(contentsOf: Data((line + "\n").utf8))
  }
}
