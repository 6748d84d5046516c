import Encoding
import Foundation
import JSON
import Runtime
import Synchronization

/// The tool's output: results on standard output, progress and errors on standard error.
///
/// A write fails where the terminal is closed or the pipe has ended. The console drops that line, and the work goes
/// on. Any other failure, such as a full disk, loses a part of a result: the tool then ends with an error. A result waits for
/// its reader. Progress and errors do not: a reader that stalls must not keep the tool from its work, or from its end after a
/// signal.
struct Console: Sendable {
  /// How long a result waits for the lines before it, so that a terminal shows both in order, and the end of the tool for its
  /// last ones.
  private static let orderMilliseconds = 1_000
  private static let endMilliseconds = 60_000

  let out = Paint(descriptor: STDOUT_FILENO)
  let err = Paint(descriptor: STDERR_FILENO)

  /// Prints one line of a result. Unprintable characters that are not the console's own colours are escaped: names and
  /// values come from servers, and one that contains a line end could forge a line.
  func print(_ line: String = "") {
    printResult(out.onOneLine(line))
  }

  /// Prints a document whose maker has escaped what it took from a server.
  func printDocument(_ text: String) {
    printResult(text)
  }

  /// Prints one JSON document on standard output, for `--json`.
  func printJSON(_ value: some Encodable) throws {
    printDocument(String(decoding: try JSONCoding.encode(value), as: UTF8.self))
  }

  /// Prints one line of progress.
  func progress(_ line: String) {
    report(err(.faint, "· ") + err.onOneLine(line) + "\n")
  }

  /// Draws how much of the work is done over the bar before, on a terminal; anything else gets no bar.
  func bar(_ done: Int, of total: Int, _ what: String) {
    guard drawsBars, total > 0 else { return }
    let filled = Self.barWidth * min(done, total) / total
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
    let text = done < total ? "\(bar) \(done) of \(total) \(what)" : ""
    report("\r\(text)\u{1B}[K")
  }

  /// Whether a bar has a terminal to be drawn on.
  var drawsBars: Bool { isatty(STDERR_FILENO) == 1 }

  private static let barWidth = 30

  /// Prints a line for each doubtful setting.
  func warn(of settings: [ConfigurationProblem]) {
    for setting in settings { warn("\(setting)") }
  }

  /// Prints one line that a reader should judge.
  func warn(_ line: String) { report(err(.caution, "warning: ") + err.onOneLine(line) + "\n") }

  /// Prints one line that reports an error.
  func printError(_ line: String) {
    report(err(.bad, "error: ") + err.onOneLine(line) + "\n")
  }

  /// Prints the message on a wrong use. Its lines stay lines; other unprintable characters of an argument are escaped.
  func printUsage(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0).onOneLine }
    report(lines.joined(separator: "\n") + "\n")
  }

  /// Whether the reader of what was reported has kept a result waiting. The further ones do not wait.
  private static let isStalled = Atomic<Bool>(false)

  /// Waits for the reader of what was reported, before the end of a command. A signal ends the wait with the tool, also one
  /// from before.
  static func end() {
    if Signals.wasTerminationRequested { return }
    for number in Signals.termination { signal(number, SIG_DFL) }
    LogSink.standardError.flush(withinMilliseconds: endMilliseconds)
  }

  private func printResult(_ text: String) {
    if !Self.isStalled.load(ordering: .relaxed),
      !LogSink.standardError.flush(withinMilliseconds: Self.orderMilliseconds)
    {
      Self.isStalled.store(true, ordering: .relaxed)
    }
    LogSink.standardOutput.write(Array((text + "\n").utf8))
  }

  private func report(_ text: String) { LogSink.standardError.write(Array(text.utf8)) }
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
