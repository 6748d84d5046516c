/// The reads that one connection carries.
///
/// A connection answers in order, so one read that waits for a lock holds up every read behind it. The pool therefore
/// looks at each lane every ``lookMilliseconds``: a lane that completed nothing for ``stallMilliseconds`` is stalled
/// until it completes a read. If that was a slow one, it drains: reads avoid it until it is empty, because another slow
/// read may follow. It counts completions, so a read costs no look at the clock.
struct ReadLane {
  /// What the looks at the lane have shown.
  private enum Pace {
    case unknown
    case seen(completed: UInt32, since: UInt64)
    case stalled(Stall)
  }

  /// A lane that makes no progress.
  struct Stall {
    /// The lane's oldest read, which all others wait for.
    let oldest: Operation
    let since: UInt64
  }

  /// The time without a completion after which a lane is stalled.
  static let stallMilliseconds = 5
  /// The time between two looks at the lanes, while there are any.
  static let lookMilliseconds = 5
  /// The reads of a lane beyond which the next read takes a free connection, if no borrower waits for one. A stalled
  /// lane accepts no more than these.
  static let depthLimit = 256

  /// The reads that were sent and have not ended.
  private(set) var count = 0
  /// Whether a cancellation is under way, so that the connection stays a lane even without reads.
  private(set) var isHeld = false
  private var completed: UInt32 = 0
  private var pace = Pace.unknown
  /// Whether a slow read stalled it since it was last empty.
  private(set) var isDraining = false
  private var looksStalled = 0
  /// The results of all connections at the last look.
  private var resultsSeen: UInt32 = 0
  /// Whether the lane is for reads of tables that were slow lately.
  private(set) var isApart = false
  /// Whether one of the reads is on trial.
  private(set) var hasTrial = false

  var stall: Stall? { if case .stalled(let stall) = pace { stall } else { nil } }
  var isStalled: Bool { if case .stalled = pace { true } else { false } }
  var isFull: Bool { count >= Self.depthLimit }

  /// The lane with one more read.
  func adding() -> ReadLane {
    var lane = self
    lane.count += 1
    return lane
  }

  /// The lane during a cancellation, which is no read: its end is no progress.
  func holding() -> ReadLane {
    var lane = self
    lane.isHeld = true
    return lane
  }

  /// The lane after a cancellation; nil without reads.
  func unholding() -> ReadLane? {
    guard count > 0 else { return nil }
    var lane = self
    lane.isHeld = false
    return lane
  }

  /// The lane with one more read, which is on trial.
  func adding(asTrial isTrial: Bool) -> ReadLane {
    var lane = adding()
    lane.hasTrial = isTrial
    return lane
  }

  /// The lane for reads of tables that were slow lately.
  func apart() -> ReadLane {
    var lane = self
    lane.isApart = true
    return lane
  }

  /// Counts a look at a stalled lane where other connections have brought results since the look before. Returns since
  /// when it is stalled, once for each stall that has lasted ``SlowTables/slowLooks``.
  ///
  /// `results` counts those of all connections; a stalled lane brings none.
  mutating func takeSlowStall(results: UInt32) -> UInt64? {
    defer { resultsSeen = results }
    guard let stall, results != resultsSeen else { return nil }
    looksStalled += 1
    return looksStalled == SlowTables.slowLooks ? stall.since : nil
  }

  /// Records the end of a trial on this lane.
  mutating func endTrial() { hasTrial = false }

  /// The lane after the end of a read; nil when that was the last and nothing holds the lane. Each end is progress. A
  /// stalled lane then drains, if what stalled it may have been a slow read.
  func completing(thenDrains drains: Bool) -> ReadLane? {
    guard count > 1 || isHeld else { return nil }
    var lane = self
    lane.count -= 1
    lane.completed &+= 1
    if lane.isStalled {
      lane.pace = .unknown
      lane.isDraining = lane.isDraining || drains
      lane.looksStalled = 0
    }
    return lane
  }

  /// Looks at the lane, and returns whether it has stalled since the last look.
  mutating func look(at now: UInt64, oldest: Operation) -> Bool {
    switch pace {
    case .stalled:
      return false
    case .seen(completed, let since):
      guard now >= since + UInt64(Self.stallMilliseconds) * 1_000_000 else { return false }
      pace = .stalled(Stall(oldest: oldest, since: since))
      return true
    case .unknown, .seen:
      pace = .seen(completed: completed, since: now)
      return false
    }
  }
}

extension Operation {
  /// Whether both may wait for the same thing: they use the same table, or are the same operation without a table.
  func concerns(_ other: Operation) -> Bool {
    table == nil ? self == other : table == other.table
  }
}
