import EventLoop

/// Lines of one event loop, written together at the end of its batch of events.
///
/// An access line for each request would cost a system call each; a batch of requests costs one. Confined to its loop.
package final class LineBatch {
  private let sink: LogSink
  private let schedule: (@escaping () -> Void) -> Void
  private var bytes: [UInt8] = []
  private var isScheduled = false
  /// Made once: there is a batch for every few requests.
  private var ending: () -> Void = {}

  /// More than this is written at once instead of at the end of the batch.
  package static let maximumBytes = 64 * 1024

  /// Lines for `sink`; `schedule` runs its argument at the end of the batch at hand.
  package init(sink: LogSink, schedule: @escaping (@escaping () -> Void) -> Void) {
    self.sink = sink
    self.schedule = schedule
    ending = { [weak self] in self?.end() }
  }

  /// Lines of this loop.
  package convenience init(sink: LogSink, loop: EventLoop) {
    self.init(sink: sink) { loop.atEndOfBatch($0) }
  }

  /// Adds a line by writing it into the batch, newline included.
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

  /// Writes what is there now.
  package func flush() {
    guard !bytes.isEmpty else { return }
    sink.write(bytes)
    bytes.removeAll(keepingCapacity: true)
  }
}
