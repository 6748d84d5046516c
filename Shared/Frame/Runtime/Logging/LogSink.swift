import Glibc

/// The destination of log lines. It makes one `write(2)` for each line or batch of lines, so that lines of several
/// threads and processes do not mix within `PIPE_BUF`.
///
/// A line that cannot be written is lost: logging must neither stop a service nor slow it down by retries. Programs
/// ignore SIGPIPE with ``Signals/ignoreBrokenPipes()``, so that the end of a reader does not end them.
package struct LogSink: Sendable {
  private let write: @Sendable (UnsafeRawBufferPointer) -> Void

  /// Creates a sink that passes each piece to a closure, for tests.
  package init(_ write: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
    self.write = write
  }

  /// Creates a sink that writes to a descriptor. It completes short writes, repeats interrupted ones and drops other
  /// failures.
  package init(descriptor: Int32) {
    write = { bytes in
      var rest = bytes
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count > 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        } else if count == 0 || errno != EINTR {
          return
        }
      }
    }
  }

  /// Standard error, the log of every program.
  package static let standardError = LogSink(descriptor: STDERR_FILENO)

  /// Standard output, for the results of a program.
  package static let standardOutput = LogSink(descriptor: STDOUT_FILENO)

  /// Writes these bytes, which must end with a newline.
  package func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes(write)
  }
}
