import Schema

/// How far a consumer has handled a page of events, and how much of that is stored. It does no I/O.
///
/// One slow user holds the events of the others up for a moment, and never until the hold ends: the position is stored,
/// and the hold renewed, after about a second of work.
struct FeedCursor: Sendable {
  /// The work after which the position is stored: far less than ``OffsetRepository/holdSeconds``.
  static let storingMicroseconds: Int64 = 1_000_000

  /// The id of the last event that was handled or passed over.
  private(set) var handled: Int64
  private var storedPosition: Int64
  private var storedAt: Timestamp

  init(at position: Int64, _ now: Timestamp) {
    handled = position
    storedPosition = position
    storedAt = now
  }

  var hasMoved: Bool { handled > storedPosition }

  mutating func handled(through id: Int64) { handled = max(handled, id) }

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
