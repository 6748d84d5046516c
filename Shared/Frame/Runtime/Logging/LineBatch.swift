import EventLoop

/// The log lines of one event loop, written together at the end of each batch of events.
///
/// A write for each access line would cost one system call for each request; a batch costs one for many. The value is
/// confined to its loop.
package final class LineBatch {
  private let sink: LogSink
  private let schedule: (@escaping () -> Void) -> Void
  // Unchecked at run time, because each request passes here: an access appends a line, or passes all lines to the sink.
  @exclusivity(unchecked) private var bytes: [UInt8] = []
  private var isScheduled = false
  /// The closure for `schedule`, allocated once.
  private var ending: () -> Void = {}

  /// The size at which the batch is written before its end.
  package static let maximumBytes = 64 * 1024

  /// Creates a batch for `sink`. `schedule` runs its argument at the end of the current batch of events.
  package init(sink: LogSink, schedule: @escaping (@escaping () -> Void) -> Void) {
    self.sink = sink
    self.schedule = schedule
    ending = { [weak self] in self?.end() }
  }

  /// Creates a batch for this loop.
  package convenience init(sink: LogSink, loop: EventLoop) {
    self.init(sink: sink) { loop.atEndOfBatch($0) }
  }

  /// Adds a line. `write` appends the line with its newline.
  package func add(_ write: (inout [UInt8]) -> Void) {
    write(&bytes)
    if bytes.count >= Self.maximumBytes { flush() }
    guard !isScheduled, !bytes.isEmpty else { return }
    isScheduled = true
    schedule(ending)
  }

  private func end() {
    isScheduled = false
    flush()
  }

  /// Writes the lines that the batch contains.
  package func flush() {
    guard !bytes.isEmpty else { return }
    sink.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}
