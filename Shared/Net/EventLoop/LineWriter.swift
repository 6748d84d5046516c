import CLinux
import Dispatch
import Glibc
import Synchronization

/// Writes lines to a descriptor whose reader may stall, for threads that must never wait.
///
/// The caller itself writes what the kernel takes at once. What would wait goes into a bounded buffer, which a thread of the
/// writer's own empties. Lines beyond the buffer are lost and counted, and so are those that the kernel refuses, as on a
/// full disk. The thread writes their number in their place, once the reader goes on or the kernel takes lines again. The
/// order of the lines stays.
package final class LineWriter: Sendable {
  /// The bytes that wait for the reader, and as many again that the thread is writing.
  package static let maximumBytes = 4 << 20
  /// A buffer that a stall made larger is freed after it.
  private static let keptBytes = 128 << 10
  private static let pauseMicroseconds: UInt32 = 1_000

  private enum Worker {
    case absent
    case asleep
    case writing
  }

  private struct State {
    var waiting: [UInt8] = []
    /// The lines that were lost behind those that wait, and that no notice has reported.
    var unreported = 0
    /// The lines that the kernel refused, before those that wait. They stay here until a notice of them is written.
    var refused = 0
    var lost = 0
    var position = Position.lineStart
    /// Whether the kernel can be asked to write what it takes at once.
    var isDirect: Bool
    var worker = Worker.absent
    var notice: @Sendable (Int) -> [UInt8] = {
      Array("\($0) lines were lost: they were not read in time, or could not be written\n".utf8)
    }
    /// Whether a new line would be the next one of the descriptor.
    var isSettled: Bool { waiting.isEmpty && unreported == 0 && refused == 0 }
  }

  /// Where the next byte of the descriptor goes.
  private enum Position {
    case lineStart
    /// Into a line whose rest waits.
    case inLine
    /// Behind a part of a line whose rest was lost: it needs a newline first.
    case cutLine
  }

  /// What the thread writes around the lines that waited.
  private struct Notices {
    let position: Position
    let (refused, unreported): (Int, Int)
    let (opening, closing): ([UInt8], [UInt8])

    init(taking state: inout State) {
      position = state.position
      (refused, unreported) = (state.refused, state.unreported)
      let newline: [UInt8] = state.position == .cutLine ? [LineWriter.newline] : []
      opening = refused > 0 ? newline + state.notice(refused) : []
      closing = unreported > 0 ? state.notice(unreported) : []
      state.unreported = 0
    }
  }

  private static let newline = UInt8(ascii: "\n")

  private let descriptor: Int32
  private let limit: Int
  private let state: Mutex<State>
  private let work = DispatchSemaphore(value: 0)

  /// Creates the writer of a descriptor, which stays the caller's.
  ///
  /// - Parameters:
  ///   - limit: The most bytes that wait.
  ///   - isDirect: Whether a caller writes what the kernel takes at once. Without it, the thread writes all.
  package init(descriptor: Int32, limit: Int = maximumBytes, isDirect: Bool = true) {
    self.descriptor = descriptor
    self.limit = limit
    state = Mutex(State(isDirect: isDirect))
  }

  /// The lines that were lost since the start.
  package var lostLines: Int { state.withLock { $0.lost } }

  /// Replaces the line that reports how many were lost. It ends with a newline.
  package func describeLosses(_ notice: @escaping @Sendable (Int) -> [UInt8]) {
    state.withLock { $0.notice = notice }
  }

  /// Writes whole lines, or keeps them for the thread, or counts them as lost; returns at once.
  package func write(_ bytes: UnsafeRawBufferPointer) {
    let before = state.withLock { state in
      let rest = writtenDirectly(bytes, &state)
      guard !rest.isEmpty else { return Worker.writing }
      keep(rest, isBegun: rest.count < bytes.count, &state)
      defer { state.worker = .writing }
      return state.worker
    }
    switch before {
    case .writing: break
    case .asleep: work.signal()
    case .absent:
      if BlockingThread.start(name: "log", niceness: 0, { self.writeWaiting() }) { return }
      // The lines wait for the next attempt.
      state.withLock { $0.worker = .absent }
    }
  }

  /// Waits until everything is written or refused; false where the reader takes longer.
  @discardableResult
  package func flush(withinMilliseconds limit: Int) -> Bool {
    let deadline = ContinuousClock.now + .milliseconds(limit)
    while state.withLock({ $0.worker == .writing || !$0.waiting.isEmpty }) {
      guard ContinuousClock.now < deadline else { return false }
      usleep(Self.pauseMicroseconds)
    }
    return true
  }

  /// Writes what the kernel takes at once, and returns the rest. Nothing may overtake what waits.
  private func writtenDirectly(_ bytes: UnsafeRawBufferPointer, _ state: inout State)
    -> UnsafeRawBufferPointer
  {
    guard state.isDirect, state.worker != .writing, state.isSettled else { return bytes }
    let count = bulkhead_write_at_once(descriptor, bytes.baseAddress, bytes.count)
    if count >= 0 {
      if count > 0, count < bytes.count, bytes[count - 1] != Self.newline { state.position = .inLine }
      return UnsafeRawBufferPointer(rebasing: bytes[count...])
    }
    if errno != EAGAIN, errno != EINTR { state.isDirect = false }
    return bytes
  }

  /// The rest of a line that has begun is always kept. After a loss all are lost until the notice, so that it stands in
  /// their place.
  private func keep(_ bytes: UnsafeRawBufferPointer, isBegun: Bool, _ state: inout State) {
    if isBegun || (state.unreported == 0 && state.waiting.count + bytes.count <= limit) {
      state.waiting.append(contentsOf: bytes)
    } else {
      let lines = Self.lines(in: bytes)
      state.unreported += lines
      state.lost += lines
    }
  }

  private static func lines(in bytes: some Sequence<UInt8>) -> Int {
    bytes.reduce(0) { $0 + ($1 == newline ? 1 : 0) }
  }

  /// The thread.
  private func writeWaiting() {
    var bytes: [UInt8] = []
    while true {
      let notices: Notices? = state.withLock { state in
        // A notice of refused lines alone waits for the next line: another attempt at once would fail as well.
        guard !state.waiting.isEmpty || state.unreported > 0 else {
          state.worker = .asleep
          return nil
        }
        swap(&bytes, &state.waiting)
        return Notices(taking: &state)
      }
      guard let notices else {
        work.wait()
        continue
      }
      write(bytes, within: notices)
      // In between the lines of many batches come together: one write and one wake-up for all of them.
      if bytes.count < Self.keptBytes { usleep(Self.pauseMicroseconds) }
      bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytes)
    }
  }

  /// Writes the lines and the notices around them. After a failure it drops the rest, and counts its lines.
  private func write(_ bytes: [UInt8], within notices: Notices) {
    var (isRefused, last) = (false, UInt8?.none)
    let written = [notices.opening, bytes, notices.closing].map { piece in
      guard !isRefused, !piece.isEmpty else { return 0 }
      let result = piece.withUnsafeBytes { Self.writeAll($0, to: descriptor) }
      isRefused = result.error != 0
      if result.count > 0 { last = piece[result.count - 1] }
      return result.count
    }
    let lost = isRefused ? Self.lines(in: bytes[written[1]...]) : 0
    let position: Position =
      if !isRefused { .lineStart } else if let last { last == Self.newline ? .lineStart : .cutLine } else {
        notices.position == .lineStart ? .lineStart : .cutLine
      }
    state.withLock { state in
      if written[0] == notices.opening.count { state.refused -= notices.refused }
      if written[2] < notices.closing.count { state.refused += notices.unreported }
      state.refused += lost
      state.lost += lost
      state.position = position
    }
  }

  /// Writes all bytes and waits for the reader. It completes short writes and repeats interrupted ones. After another failure
  /// it drops the rest: `count` is what was written, and `error` the number of the error; otherwise `error` is 0.
  package static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32
  ) -> (count: Int, error: Int32) {
    var rest = bytes
    var written: Int { bytes.count - rest.count }
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      } else if count < 0, errno == EAGAIN {
        // Another process has made the shared description non-blocking.
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, -1)
      } else if count == 0 {
        return (written, EIO)
      } else if errno != EINTR {
        return (written, errno)
      }
    }
    return (bytes.count, 0)
  }
}
