import Transport

/// One autocommit read, from its call to its first result. Confined to its loop.
///
/// A read may be sent more than once: again when its connection was lost, and again on another lane when it waits
/// behind a stalled one. The first result counts, and the pool ignores the others.
final class PendingRead {
  /// How often a read may be moved to another lane.
  static let moveLimit = 3

  /// What a cancellation on one of its connections may do to it.
  enum Exposure {
    case none
    /// The pool cancelled this read.
    case target
    /// The pool cancelled another read, and the request may have hit this one.
    case bystander
  }

  let statement: any Statement
  let operation: Operation
  var exposure = Exposure.none
  /// When the caller requested it.
  private(set) var clock = StatementClock(requested: 0)
  private var completion: DatabaseConnection.Completion?
  /// The times that it was sent without a result yet.
  var copies = 0
  /// What was sent last, and when.
  var sent: (query: Query, clock: StatementClock)?
  /// Its place in the queue for another lane.
  var waiter: WaiterID?
  /// The connection on which it is on trial; see ``PoolState/trial(of:at:)``.
  private(set) var trial: ConnectionID?
  private(set) var moves = 0
  /// The pool's newest connection when the read was first sent again.
  private var newestAtRepetition: ConnectionID?
  private var lostConnections: Set<ConnectionID> = []
  private var wasCancelled = false

  init(_ statement: any Statement) {
    self.statement = statement
    operation = statement.operation
  }

  /// Takes the receiver of the result. Returns false, and reports the cancellation, when that came first.
  func begin(_ clock: StatementClock, _ completion: @escaping DatabaseConnection.Completion) -> Bool {
    guard !wasCancelled else {
      completion(.failure(.cancelled(operation)))
      return false
    }
    self.clock = clock
    self.completion = completion
    return true
  }

  /// Records that the caller has gone.
  func cancel() { wasCancelled = true }

  /// Whether it has no result yet.
  var isPending: Bool { completion != nil }

  var isTarget: Bool { if case .target = exposure { true } else { false } }
  var isBystander: Bool { if case .bystander = exposure { true } else { false } }

  /// Whether another copy may still bring the result.
  var isUnderWay: Bool { copies > 0 || waiter != nil }

  var mayMove: Bool { isPending && waiter == nil && moves < Self.moveLimit }

  func countMove() { moves += 1 }

  func beginTrial(on id: ConnectionID) { trial = id }

  /// Ends the trial. Its cancellation was meant for this copy alone, so another one is sent again when it is hit.
  func endTrial() {
    trial = nil
    keepOtherCopy()
  }

  /// A cancellation was meant for the copy that has ended, so the other one is sent again when it is hit.
  func keepOtherCopy() { if isTarget { exposure = .bystander } }

  /// Whether the read is sent again: once, and once more for each lost connection that was open by then, because one
  /// event may end many sessions. So a read that ends its session by itself runs twice at most. A connection counts once:
  /// the pool may grant one that is lost again until it notices.
  func beginRepetition(after lost: ConnectionID?, newest: ConnectionID) -> Bool {
    let isFirstLoss = lost.map { lostConnections.insert($0).inserted } ?? false
    guard let newestAtRepetition else {
      self.newestAtRepetition = newest
      return true
    }
    return isFirstLoss && lost.map { $0.number <= newestAtRepetition.number } ?? false
  }

  /// Reports the result, once.
  func finish(_ result: Result<any ResultSet, DatabaseError>) {
    guard let completion else { return }
    self.completion = nil
    completion(result.withoutEffect(of: operation))
  }
}

/// The reads that were sent over one connection and have no result, oldest first. Confined to its loop.
final class OutstandingReads {
  private var queue = FIFO<PendingRead>()

  var oldest: PendingRead? { queue.first }

  var behindOldest: [PendingRead] {
    guard queue.count > 1 else { return [] }
    return (1..<queue.count).compactMap { queue[$0] }
  }

  /// The read behind the oldest one that was moved least often, if any may move.
  var nextBehindOldest: PendingRead? {
    var found: PendingRead?
    for position in 0..<queue.count where position > 0 {
      guard let read = queue[position], read.mayMove, read.trial == nil else { continue }
      if read.moves == 0 { return read }
      if read.moves < found?.moves ?? .max { found = read }
    }
    return found
  }

  func append(_ read: PendingRead) { queue.append(read) }

  /// Records that a cancellation may have hit any of the reads.
  func expose() {
    for position in 0..<queue.count {
      if let read = queue[position], case .none = read.exposure { read.exposure = .bystander }
    }
  }

  /// A connection answers in order, except reads that it had to run again.
  func remove(_ read: PendingRead) {
    if queue.first === read {
      queue.popFirst()
    } else if let position = (0..<queue.count).first(where: { queue[$0] === read }) {
      queue[position] = nil
    }
    while !queue.isEmpty, queue.first == nil { queue.popFirst() }
  }
}
