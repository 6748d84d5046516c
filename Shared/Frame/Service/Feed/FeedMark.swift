import DataAccess

/// Up to which id the event log is settled: no transaction will commit an event with this id or a smaller one any more.
///
/// Ids are assigned before their transactions commit, and in another order. The mark therefore notes the newest id and
/// the transactions that were open then. When all of them have ended, every smaller id is visible or will never be.
/// It does no I/O: ``observe(newest:writers:at:)`` gets what was read.
package struct FeedMark: Sendable {
  /// How long an event waits where the engine reports no open transactions. It exceeds the time that any account of the
  /// manifest may keep a transaction open.
  package static let unknownWritersNanoseconds: UInt64 = 120_000_000_000

  private struct Candidate {
    let newest: Int64
    var writers: OpenWriters
    let since: UInt64
  }

  /// Events up to this id are settled.
  package private(set) var settled: Int64 = 0
  private var candidate: Candidate?

  /// A mark before every event.
  package init() {}

  /// Moves the mark.
  /// - Parameters:
  ///   - newest: The highest visible id; 0 in an empty log.
  ///   - writers: The open transactions, read after `newest`.
  ///   - nanoseconds: The monotonic time.
  package mutating func observe(newest: Int64, writers: OpenWriters, at nanoseconds: UInt64) {
    // The log is shorter than it was: it was restored, or old events were removed.
    if newest < settled { self = FeedMark() }
    if var known = candidate {
      if Self.haveEnded(&known, open: writers, at: nanoseconds) {
        settled = max(settled, known.newest)
        candidate = nil
      } else {
        candidate = known
      }
    }
    guard candidate == nil, newest > settled else { return }
    if writers == .transactions([]) {
      settled = newest
    } else {
      candidate = Candidate(newest: newest, writers: writers, since: nanoseconds)
    }
  }

  private static func haveEnded(
    _ candidate: inout Candidate, open: OpenWriters, at nanoseconds: UInt64
  ) -> Bool {
    if case .transactions(let noted) = candidate.writers, case .transactions(let open) = open {
      let left = noted.intersection(open)
      candidate.writers = .transactions(left)
      return left.isEmpty
    }
    candidate.writers = .unknown
    return nanoseconds >= candidate.since + unknownWritersNanoseconds
  }
}
