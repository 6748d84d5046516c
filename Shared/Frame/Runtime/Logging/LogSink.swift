import Glibc

/// Where finished log lines go: one `write(2)` for each line or batch of lines, so that lines of several threads and
/// processes never mix within `PIPE_BUF`.
///
/// A line that cannot be written is lost: logging must neither stop a service nor slow it by retrying. A reader that
/// went away is no reason to die either; that SIGPIPE is ignored is the business of ``Signals/ignoreBrokenPipes()``.
package struct LogSink: Sendable {
  private let write: @Sendable (UnsafeRawBufferPointer) -> Void

  /// A sink that hands each piece to a closure: for tests.
  package init(_ write: @escaping @Sendable (UnsafeRawBufferPointer) -> Void) {
    self.write = write
  }

  /// Writes to a descriptor; a short write is finished, an interrupted one repeated, any other failure dropped.
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

  /// Standard error, where every log of every program goes.
  package static let standardError = LogSink(descriptor: STDERR_FILENO)

  /// Standard output, for the answers of a program.
  package static let standardOutput = LogSink(descriptor: STDOUT_FILENO)

  /// Writes these bytes, which end with a newline.
  package func write(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes(write)
  }
}
