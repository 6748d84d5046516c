import Clock
import EventLoop
import Logging

/// Performs the actions of ``PoolState``: owns a loop's connections and its queue. Confined to the loop.
final class Pool {
  /// A connection with what belongs to it. An object, because each statement's callbacks hold it.
  final class Member {
    let connection: any DatabaseConnection
    let watch = StatementTimeout()
    let reads = OutstandingReads()
    let cancellation = RunningCancellation()
    private let rendered: RenderedStatements

    init(_ connection: any DatabaseConnection) {
      self.connection = connection
      rendered = RenderedStatements(connection.dialect)
    }

    /// The statement in the connection's dialect.
    func query(of statement: any Statement) throws(DatabaseError) -> Query {
      rendered.follow(connection.dialect)
      return try statement.query(from: rendered)
    }
  }

  typealias Waiting = (Result<ConnectionID, DatabaseError>) -> Void

  let loop: EventLoop
  let driver: any DatabaseDriver
  let logger: Logger
  let watch: StatementWatch?
  var state: PoolState
  var members: [ConnectionID: Member] = [:]
  var observers: [any StatementObserver] = []
  let lines = OwnerLines()
  private var waiting: [WaiterID: Waiting] = [:]
  private var closing: [() -> Void] = []
  private var isTicking = false
  /// Whether the next look at the lanes is scheduled.
  var isLooking = false

  /// How often the pool checks its deadlines while it has any.
  static let tickMilliseconds = 100

  init(
    driver: any DatabaseDriver, loop: EventLoop, configuration: PoolConfiguration, logger: Logger,
    watch: StatementWatch? = .ofProgram
  ) {
    self.driver = driver
    self.loop = loop
    self.logger = logger
    self.watch = watch
    state = PoolState(configuration: configuration, multiplexesReads: driver.multiplexesReads)
  }

  var now: UInt64 { MonotonicClock.nanoseconds() }

  /// Calls `then` with a connection of its own, at once if one is free; returns the waiter if it waits.
  func acquireExclusively(_ operation: Operation, _ then: @escaping Waiting) -> WaiterID? {
    pass(state.acquire(.exclusive, for: operation, now: now), then)
  }

  /// Passes the connection on, now or later. Returns the waiter while there is one.
  @discardableResult
  func pass(_ acquisition: Acquisition, _ then: @escaping Waiting) -> WaiterID? {
    defer { keepTicking() }
    switch acquisition {
    case .granted(let id):
      then(.success(id))
    case .queued(let waiter, let actions):
      waiting[waiter] = then
      perform(actions)
      return waiting[waiter] == nil ? nil : waiter
    case .refused(let error):
      then(.failure(error))
    }
    return nil
  }

  /// Ends a wait without a connection.
  func withdraw(_ waiter: WaiterID) {
    waiting[waiter] = nil
    perform(state.withdraw(waiter, at: now))
  }

  /// Takes a connection back. One that has ended without a report of its loss counts as lost. One on which a
  /// cancellation is under way comes back after that; ``cancel(_:_:)`` itself holds a lane.
  func release(_ id: ConnectionID) {
    if let member = members[id], !member.connection.isOpen {
      return lost(id, DatabaseError(.connectionLost))
    }
    if !state.multiplexesReads, let running = members[id]?.cancellation, running.isRunning {
      return running.whenDone { self.release(id) }
    }
    perform(state.released(id, at: now))
  }

  /// Ends the hold of a cancellation on a lane.
  func unholdLane(_ id: ConnectionID) {
    if let member = members[id], !member.connection.isOpen {
      return lost(id, DatabaseError(.connectionLost))
    }
    perform(state.unholdLane(id, at: now))
  }

  func perform(_ actions: [PoolAction]) {
    for action in actions {
      switch action {
      case .open(let id): open(id)
      case .close(let id): close(id)
      case .grant(let waiter, let id): waiting.removeValue(forKey: waiter)?(.success(id))
      case .refuse(let waiter, let error): waiting.removeValue(forKey: waiter)?(.failure(error))
      case .move(let id): moveReads(from: id)
      case .separateResults(let isOn):
        for member in members.values { member.connection.separatesResults = isOn }
      case .closed: finishClosing()
      }
    }
  }

  func close(_ completion: @escaping () -> Void) {
    if case .closed = state.phase { return completion() }
    closing.append(completion)
    perform(state.close(at: now))
    keepTicking()
  }

  private func finishClosing() {
    let completions = closing
    closing = []
    // An observer may hold the database, and so this pool.
    observers = []
    for completion in completions { completion() }
  }

  func status() -> PoolStatus { state.status(at: now) }
}

// MARK: - Deadlines

extension Pool {
  private func keepTicking() {
    guard !isTicking, state.needsTicks else { return }
    isTicking = true
    loop.schedule(afterMilliseconds: Self.tickMilliseconds) { [weak self] in
      self?.tick()
    }
  }

  private func tick() {
    isTicking = false
    let moment = now
    checkStatements(moment)
    perform(state.tick(at: moment))
    keepTicking()
  }

  private func checkStatements(_ moment: UInt64) {
    let timeout = UInt64(state.configuration.statementTimeoutMilliseconds) * 1_000_000
    for (id, member) in members {
      switch member.watch.look(at: moment, timeoutNanoseconds: timeout) {
      case .fine: break
      case .cancel: cancel(id, member)
      case .abandon: discard(id)
      }
    }
  }
}
