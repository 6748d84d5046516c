import CPostgres
import DataAccess
import EventLoop
import Transport

/// One libpq connection in pipeline mode on one loop. It accepts statements at any time and returns results in order.
///
/// Reads that are submitted during one batch of loop events share a synchronisation point at its end. The server runs
/// such a batch as one implicit transaction. When one read fails, the server skips the rest, and the pipeline runs each
/// of those again alone. Each write gets its own synchronisation point.
///
/// Without named statements, a pooler may stand between: it gives each transaction another session of the server. It
/// takes the first completed synchronisation point as the end of the client's work, so the pipeline then sends nothing
/// beyond one, and each transaction begins with its own settings (see ``SessionSettings``).
///
/// Confined to its loop. See the libpq manual, "Pipeline Mode".
final class Pipeline: ReadinessHandler {
  /// The most statements in one batch, and so the most that one failure makes the pipeline run again.
  static let batchLimit = 64

  /// An entry that was sent and has no result yet.
  enum Entry {
    case preparation(RenderedStatement, name: String)
    case execution(Submission)
    case release
    /// The settings of the transaction that the statement begins or continues.
    case settings(for: RenderedStatement)
    case synchronisation
  }

  enum Life {
    case open(ConnectionHandle)
    case closed
  }

  /// The transaction state that the server reported at the last synchronisation point.
  enum TransactionState {
    case idle
    case open
    case failed
  }

  /// Whether the kernel has taken everything that was sent.
  private enum OutputState {
    case flushed
    case pending
  }

  let loop: EventLoop
  let socket: Int32
  let cancelHandle: CancelHandle
  let preparation: PreparedStatements
  /// What each transaction sets for itself where a pooler may stand between.
  let transactionSettings: [String]
  /// Called once when the connection ends other than by ``close()``, before its statements fail.
  var onLost: ((PipelineFault) -> Void)?
  /// Called when the server turns out to take no writes.
  var onReadOnlyServer: (() -> Void)?

  var life: Life
  var outstanding = FIFO<Entry>()
  var statements = StatementCache()
  var parameters = BoundParameters()
  /// The statements before one synchronisation point of writes that have succeeded and are not yet committed.
  var unconfirmed: [(submission: Submission, result: ResultHandle)] = []
  /// Entries sent since the last synchronisation point.
  var unsynchronisedEntries = 0
  /// Whether the server sends each result as soon as it has it, and not at the next synchronisation point.
  var separatesResults = false
  /// The statements that the server skipped after another one failed; sent again after the synchronisation point.
  var aborted: [Submission] = []
  /// Why the preparation of the next statement failed.
  var preparationFault: (statement: RenderedStatement, fault: ServerFault)?
  var transaction = TransactionState.idle
  /// Statements that wait for the synchronisation point in flight: without named statements, and on a connection that is
  /// given up.
  var queued = FIFO<Submission>()
  var synchronisationsInFlight = 0
  /// Whether the transaction already has its own settings.
  var isPinned = false
  /// Whether the open transaction was begun as one that only reads.
  var isReadingTransaction = false
  /// False where the first report contradicts the first statement's result, which found a server that takes writes: a
  /// pooler then repeats the report of an earlier server.
  let trustsReports: Bool
  /// Why the connection ends as soon as it is idle.
  private var retirement: String?
  private var interest: Interest = .readable
  private var output = OutputState.flushed

  /// Takes over an open connection and registers it with the loop.
  init(
    _ handle: ConnectionHandle, on loop: EventLoop, preparation: PreparedStatements,
    transactionSettings: [String]
  ) throws(LoopError) {
    self.loop = loop
    self.preparation = preparation
    self.transactionSettings = transactionSettings
    life = .open(handle)
    socket = PQsocket(handle.pointer)
    cancelHandle = CancelHandle(for: handle)
    trustsReports = !handle.reportsReadOnlyServer
    PQsetnonblocking(handle.pointer, 1)
    PQenterPipelineMode(handle.pointer)
    try loop.register(socket, for: .readable, handler: self)
  }

  var isOpen: Bool {
    if case .open = life { return true }
    return false
  }

  var isIdle: Bool { outstanding.isEmpty && aborted.isEmpty && queued.isEmpty }

  /// Whether the connection is given up and begins no other work. An open transaction goes on to its end.
  var isRetiring: Bool { retirement != nil && transaction == .idle }

  func ready(_ readiness: Readiness) {
    if readiness.contains(.writable) { flush() }
    guard case .open(let handle) = life else { return }
    guard readiness.contains(.readable) || readiness.contains(.hungUp) else { return }
    let isIntact = PQconsumeInput(handle.pointer) == 1
    drain()
    guard isOpen else { return }
    guard isIntact, PQstatus(handle.pointer) == CONNECTION_OK else { return loseSession(handle) }
    // The server may accept more only after the client has read.
    switch output {
    case .pending: flush()
    case .flushed: updateInterest()
    }
  }

  /// Passes libpq's buffer to the kernel, and waits for writability when the kernel does not take all of it.
  func flush() {
    guard case .open(let handle) = life else { return }
    switch PQflush(handle.pointer) {
    case 0: output = .flushed
    case 1: output = .pending
    default: return loseSession(handle)
    }
    updateInterest()
  }

  /// Sets the events that the loop waits for: input, and writability while output is pending.
  func updateInterest() {
    guard isOpen else { return }
    var wanted: Interest = .readable
    switch output {
    case .flushed: break
    case .pending: wanted.insert(.writable)
    }
    guard wanted != interest else { return }
    interest = wanted
    loop.update(socket, for: wanted)
  }

  /// Ends the connection; outstanding statements fail.
  func close() {
    end(.lost("the connection was closed"))
  }

  /// Ends a connection that the server or the network has ended, and notifies the owner.
  func lose(_ message: String) {
    lose(.lost(message))
  }

  /// Ends a connection whose session has ended, with the reason that the server or libpq gives.
  func loseSession(_ handle: ConnectionHandle) {
    lose(.lost(handle.ending(isIdle: isIdle)))
  }

  private func lose(_ fault: PipelineFault) {
    guard isOpen else { return }
    shut()
    // The owner forgets the connection first, so that no failed statement is sent again on it.
    onLost?(fault)
    onLost = nil
    failEverything(fault)
  }

  /// Ends the connection as soon as what was sent has ended. Under load it would never be idle by itself, so it sends
  /// nothing more outside the open transaction.
  func retire(because reason: String) {
    retirement = reason
    retireIfIdle()
  }

  /// The statements that wait fail as lost: the pool sends such reads again on another connection.
  func retireIfIdle() {
    guard let retirement, isRetiring, outstanding.isEmpty, aborted.isEmpty else { return }
    let waiting = queued
    queued = FIFO()
    lose(.retired(retirement))
    for position in 0..<waiting.count { waiting[position]?.fail(.unsent(retirement)) }
  }

  private func end(_ fault: PipelineFault) {
    guard isOpen else { return }
    shut()
    failEverything(fault)
  }

  private func shut() {
    guard case .open(let handle) = life else { return }
    life = .closed
    // The handle closes the socket, so it must outlive the loop's registration.
    loop.deregister(socket) { withExtendedLifetime(handle) {} }
  }

  private func failEverything(_ fault: PipelineFault) {
    let waiting = aborted
    aborted = []
    failUnconfirmed(fault)
    while let entry = outstanding.popFirst() {
      if case .execution(let submission) = entry { submission.fail(fault) }
    }
    for submission in waiting { submission.fail(fault.ofWaiting) }
    while let submission = queued.popFirst() { submission.fail(fault.ofWaiting) }
  }
}
