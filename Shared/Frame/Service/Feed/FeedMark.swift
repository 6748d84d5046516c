import DataAccess

/// Up to which id the event log is settled: no transaction will commit an event with this id or a smaller one any more.
///
/// Ids are assigned before their transactions commit, and in another order. The mark therefore notes the newest id and
/// the transactions that were open then. When all of them have ended, every smaller id is visible or will never be.
///
/// All of that holds for one log. After a failover that lost rows, or a restoration, other events take the ids of the lost
/// ones, and nothing that was noted before says anything about them: the mark begins again. A newest id below an earlier
/// one shows it, and so does the row of the newest event, the ``witness``, which is not there any more.
/// It does no I/O: ``observe(newest:writers:at:)`` gets what was read.
package struct FeedMark: Sendable {
  /// How long an event waits where the engine reports no open transactions. It exceeds the time that any account of the
  /// manifest may keep a transaction open.
  package static let unknownWritersNanoseconds: UInt64 = 120_000_000_000

  /// The pause between two sightings, which bounds their number.
  private static let sightingNanoseconds: UInt64 = 1_000_000_000
  /// How far ``settled(for:)`` looks back.
  package static let rememberedNanoseconds: UInt64 = 600_000_000_000

  /// An id at a moment.
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
  /// What was settled when, within ``rememberedNanoseconds``, and the last before.
  private var settlements: [Sighting] = []
  /// The newest id of all observations.
  private var highest: Int64 = 0
  private var observedAt: UInt64 = 0
  /// The newest event when the log was last known to be the same. Who reads up to ``settled`` relies on this row.
  package internal(set) var witness: FeedWitness?

  /// A mark before every event.
  package init() {}

  /// The id up to which the events were settled at least that long before the last observation. It is the age of events
  /// by this process's own clock, and not by the moments that the services name.
  package func settled(for nanoseconds: UInt64) -> Int64 {
    settlements.last { observedAt >= $0.since && observedAt - $0.since >= nanoseconds }?.newest ?? 0
  }

  /// Moves the mark.
  /// - Parameters:
  ///   - newest: The highest visible id; 0 in an empty log.
  ///   - writers: The open transactions, read after `newest`.
  ///   - nanoseconds: The monotonic time.
  package mutating func observe(newest: Int64, writers: OpenWriters, at nanoseconds: UInt64) {
    // The log is shorter than it was: a server that took over lacks its last rows, it was restored, or events were removed.
    if newest < highest { self = FeedMark() }
    (highest, observedAt) = (newest, nanoseconds)
    defer { noteSettlement(at: nanoseconds) }
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

  private mutating func noteSettlement(at nanoseconds: UInt64) {
    guard settled > settlements.last?.newest ?? 0,
      settlements.last.map({ nanoseconds >= $0.since + Self.sightingNanoseconds }) ?? true
    else { return }
    settlements.append(Sighting(newest: settled, since: nanoseconds))
    let old = settlements.prefix { nanoseconds >= $0.since + Self.rememberedNanoseconds }
    settlements.removeFirst(max(0, old.count - 1))
  }
}

/// A row of the log by which a reader recognizes that the log is the one it has read before.
package struct FeedWitness: Sendable, Hashable {
  package let id: Int64
  /// Nil for a row with a value that no program represents.
  package let event: FeedEvent?
}
