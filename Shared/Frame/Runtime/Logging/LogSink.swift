import EventLoop
import Glibc

/// The destination of log lines. It makes one `write(2)` for each line or batch of lines, so that lines of several
/// threads and processes do not mix within `PIPE_BUF`.
///
/// Logging must neither stop a service nor slow it down: a line whose reader stalls waits in the buffer of a
/// ``LineWriter``, or is lost and counted there. Programs ignore SIGPIPE with ``Signals/ignoreBrokenPipes()``, so that the
/// end of a reader does not end them.
package struct LogSink: Sendable {
  private enum Destination {
    case closure(@Sendable (UnsafeRawBufferPointer) -> Void)
    case writer(LineWriter)
  }

  private let destination: Destination

  /// Creates a sink that passes each piece to a closure.
  package init(_ write: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
    destination = .closure(write)
  }

  /// Creates a sink that never waits for the reader of the descriptor; see ``LineWriter/init(descriptor:limit:isDirect:)``.
  package init(descriptor: Int32, limit: Int = LineWriter.maximumBytes, isDirect: Bool = true) {
    destination = .writer(LineWriter(descriptor: descriptor, limit: limit, isDirect: isDirect))
  }

  /// Standard error, the log of every program.
  package static let standardError = LogSink(descriptor: STDERR_FILENO)

  /// Standard output, for the results of a program. A result is not lost: its writer waits for the reader.
  package static let standardOutput = LogSink { LineWriter.writeAll($0, to: STDOUT_FILENO) }

  /// Writes these bytes, which must end with a newline.
  package func write(_ bytes: [UInt8]) {
    switch destination {
    case .closure(let write): bytes.withUnsafeBytes(write)
    case .writer(let writer): bytes.withUnsafeBytes { writer.write($0) }
    }
  }

  /// The lines that were lost because they were not read in time.
  package var lostLines: Int {
    switch destination {
    case .closure: 0
    case .writer(let writer): writer.lostLines
    }
  }

  /// Sets the line that reports how many were lost, in the format of the others.
  func describeLosses(_ line: @escaping @Sendable (Int) -> [UInt8]) {
    switch destination {
    case .closure: break
    case .writer(let writer): writer.describeLosses(line)
    }
  }

  /// Waits until all lines are written; false where their reader takes longer.
  @discardableResult
  package func flush(withinMilliseconds limit: Int) -> Bool {
    switch destination {
    case .closure: true
    case .writer(let writer): writer.flush(withinMilliseconds: limit)
    }
  }
}

extension MetricSample {
  /// The lines of the log that were lost because they were not read in time.
  package static func lostLogLines(_ count: Int) -> MetricSample {
    MetricSample(
      "log_lines_lost_total", .counter, help: "Log lines that were lost because they were not read in time.",
      value: Double(count))
  }
}
