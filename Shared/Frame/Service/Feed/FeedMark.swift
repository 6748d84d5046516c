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

  /// The pause between two sightings, which bounds their number.
  private static let sightingNanoseconds: UInt64 = 1_000_000_000

  /// The newest id at a moment.
  private struct Sighting {
    let newest: Int64
    let since: UInt64
  }

  /// A sighting with the transactions that were open then and still are.
  private struct Candidate {
    let sighting: Sighting
    var writers: Set<String>
  }

  /// Events up to this id are settled.
  package private(set) var settled: Int64 = 0
  private var candidate: Candidate?
  /// Where the engine reports no open transactions: what was seen within the time of ``unknownWritersNanoseconds``.
  private var sightings: [Sighting] = []

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
    settleSightings(at: nanoseconds)
    let sighting = Sighting(newest: newest, since: nanoseconds)
    switch writers {
    case .transactions(let open): note(sighting, writers: open)
    case .unknown: note(sighting)
    }
  }

  private mutating func note(_ sighting: Sighting, writers open: Set<String>) {
    if var known = candidate {
      known.writers.formIntersection(open)
      candidate = known.writers.isEmpty ? nil : known
      if known.writers.isEmpty { settled = max(settled, known.sighting.newest) }
    }
    guard candidate == nil, sighting.newest > settled else { return }
    if open.isEmpty {
      settled = sighting.newest
    } else {
      candidate = Candidate(sighting: sighting, writers: open)
    }
  }

  private mutating func note(_ sighting: Sighting) {
    // The engine has withheld its transactions since: the time decides over them too.
    if let known = candidate {
      sightings.append(known.sighting)
      candidate = nil
    }
    let last = sightings.last
    guard sighting.newest > max(settled, last?.newest ?? 0),
      last.map({ sighting.since >= $0.since + Self.sightingNanoseconds }) ?? true
    else { return }
    sightings.append(sighting)
  }

  private mutating func settleSightings(at nanoseconds: UInt64) {
    let over = sightings.prefix { nanoseconds >= $0.since + Self.unknownWritersNanoseconds }
    if let last = over.last { settled = max(settled, last.newest) }
    sightings.removeFirst(over.count)
  }
}
