import EventLoop
import Glibc
import Synchronization

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

  /// Standard output, for the results of a program. A result is not lost: its writer waits for the reader. Where a write
  /// fails, as on a full disk, ``lostResult`` has the reason.
  package static let standardOutput = LogSink { bytes in
    let number = LineWriter.writeAll(bytes, to: STDOUT_FILENO).error
    if number != 0, !isEndOfReader(number) { lostResultNumber.store(number, ordering: .relaxed) }
  }

  private static let lostResultNumber = Atomic<Int32>(0)

  /// Why standard output did not take a part of the results; nil where it took all. What nothing reads any more, because the
  /// pipe has ended or the terminal was closed, is not lost.
  static var lostResult: String? {
    let number = lostResultNumber.load(ordering: .relaxed)
    return number == 0 ? nil : String(cString: strerror(number))
  }

  private static func isEndOfReader(_ number: Int32) -> Bool {
    var status = stat()
    return number == EPIPE
      || number == EIO && fstat(STDOUT_FILENO, &status) == 0 && status.st_mode & S_IFMT == S_IFCHR
  }

  /// Writes these bytes, which must end with a newline.
  package func write(_ bytes: [UInt8]) {
    switch destination {
    case .closure(let write): bytes.withUnsafeBytes(write)
    case .writer(let writer): bytes.withUnsafeBytes { writer.write($0) }
    }
  }

  /// The lines that were lost because they were not read in time or could not be written.
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
  /// The lines of the log that were lost because they were not read in time or could not be written.
  package static func lostLogLines(_ count: Int) -> MetricSample {
    MetricSample(
      "log_lines_lost_total", .counter,
      help: "Log lines that were lost because they were not read in time or could not be written.",
      value: Double(count))
  }
}
