import Encoding
import Foundation
import JSON

/// The tool's output: results on standard output, progress and errors on standard error.
///
/// A write fails where the terminal is closed or the pipe has ended. The console drops that line, and the work goes
/// on.
struct Console: Sendable {
  let out = Paint(descriptor: STDOUT_FILENO)
  let err = Paint(descriptor: STDERR_FILENO)

  /// Prints one line of a result. Unprintable characters that are not the console's own colours are escaped: names and
  /// values come from servers, and one that contains a line end could forge a line.
  func print(_ line: String = "") {
    write(out.onOneLine(line), to: .standardOutput)
  }

  /// Prints a document whose maker has escaped what it took from a server.
  func printDocument(_ text: String) {
    write(text, to: .standardOutput)
  }

  /// Prints one JSON document on standard output, for `--json`.
  func printJSON(_ value: some Encodable) throws {
    printDocument(String(decoding: try JSONCoding.encode(value), as: UTF8.self))
  }

  /// Prints one line of progress.
  func progress(_ line: String) {
    write(err(.faint, "· ") + err.onOneLine(line), to: .standardError)
  }

  /// Draws how much of the work is done over the bar before, on a terminal; anything else gets no bar.
  func bar(_ done: Int, of total: Int, _ what: String) {
    guard isatty(STDERR_FILENO) == 1, total > 0 else { return }
    let filled = Self.barWidth * min(done, total) / total
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
    let text = done < total ? "\(bar) \(done) of \(total) \(what)" : ""
    try? FileHandle.standardError.write(contentsOf: Data("\r\(text)\u{1B}[K".utf8))
  }

  private static let barWidth = 30

  /// Prints one line that reports an error.
  func printError(_ line: String) {
    write(err(.bad, "error: ") + err.onOneLine(line), to: .standardError)
  }

  /// Prints the message on a wrong use. Its lines stay lines; other unprintable characters of an argument are escaped.
  func printUsage(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).onOneLine }
    write(lines.joined(separator: "\n"), to: .standardError)
  }

  private func write(_ line: String, to file: FileHandle) {
    try? file.write(contentsOf: Data((line + "\n").utf8))
  }
}

extension String {
  /// The text followed by spaces up to `width`, and by at least one.
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }

  /// The text as one word of a POSIX shell.
  var shellQuoted: String { "'\(replacing("'", with: #"'\''"#))'" }
}

extension Int {
  /// `1 violation`, `2 violations`.
  func counted(_ noun: String) -> String {
    "\(self) \(noun)\(self == 1 ? "" : "s")"
  }
}
