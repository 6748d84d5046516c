import Schema
import Service

/// How far a consumer has handled the log, and how much of that is stored. It does no I/O.
///
/// A user may have left so much that the handling of one event takes minutes. Such an event is handled in parts, and
/// those behind it begin meanwhile: the position stays before it, and passes it when it is complete. After a crash the events
/// behind it are handled again. Position and hold are stored after about a second of work.
struct FeedCursor: Sendable {
  /// The work after which the position is stored: far less than ``OffsetRepository/holdSeconds``.
  static let storingMicroseconds: Int64 = 1_000_000
  /// The events that may have begun, and are not complete, before the next page is read.
  static let maximumBegun = 1_000

  /// The id of the last event that was begun, handled or passed over.
  private(set) var read: Int64
  /// The events that have begun, and are not complete, in the order of their ids.
  private(set) var begun: [FeedEvent] = []
  private var storedPosition: Int64
  private var storedAt: Timestamp

  init(at position: Int64, _ now: Timestamp) {
    read = position
    storedPosition = position
    storedAt = now
  }

  /// The events up to this id were handled or passed over.
  var handled: Int64 { begun.first.map { min($0.id - 1, read) } ?? read }
  var hasMoved: Bool { handled > storedPosition }
  /// Whether the next page may be read.
  var hasRoom: Bool { begun.count < Self.maximumBegun }

  mutating func read(through id: Int64) { read = max(read, id) }

  /// Notes that a part of the event was handled.
  mutating func begin(_ event: FeedEvent) { begun.append(event) }

  /// Notes that an event that had begun is handled.
  mutating func complete(_ id: Int64) { begun.removeAll { $0.id == id } }

  mutating func stored(at now: Timestamp) {
    storedPosition = handled
    storedAt = now
  }

  /// Whether the position is to be stored now; a clock that was set back counts as a second that has passed.
  func isDue(at now: Timestamp) -> Bool {
    let work = now.microsecondsSinceEpoch - storedAt.microsecondsSinceEpoch
    return !(0..<Self.storingMicroseconds).contains(work)
  }
}
