import CPostgres
import DataAccess
import EventLoop

/// One libpq connection in pipeline mode on one loop: statements go in at any time, answers come out in order.
///
/// Reads that are submitted while the loop works through one batch of events share a synchronisation point at its
/// end; the server runs such a batch as one implicit transaction. When one of them fails, the server skips the rest
/// of the batch, and those are run again, each alone. Writes are always synchronised by themselves.
///
/// Confined to its loop. See the libpq manual, "Pipeline Mode".
final class Pipeline: ReadinessHandler {
  /// Statements in one batch: what a single failure can cause to be run again.
  static let batchLimit = 64

  /// What was sent and has not been answered yet.
  enum Entry {
    case preparation(RenderedStatement, name: String)
    case execution(Submission)
    case release
    case synchronisation
  }

  enum Life {
    case open(ConnectionHandle)
    case closed
  }

  /// What the server last said about the transaction, when nothing was under way.
  enum TransactionState {
    case idle
    case open
  }

  /// Whether the kernel has taken everything that was sent.
  private enum OutputState {
    case flushed
    case pending
  }

  let loop: EventLoop
  let socket: Int32
  let cancelHandle: CancelHandle
  /// Called once when the connection ends otherwise than by ``close()``, after every statement was told.
  var onLost: ((String) -> Void)?

  var life: Life
  var outstanding = RingBuffer<Entry>()
  var statements = StatementCache()
  var parameters = BoundParameters()
  /// Entries sent since the last synchronisation point.
  var unsynchronisedEntries = 0
  /// What a failed neighbour kept from running; sent again after the synchronisation point.
  var aborted: [Submission] = []
  /// Why the preparation of the statement whose turn is next has failed.
  var preparationFault: (statement: RenderedStatement, fault: ServerFault)?
  var transaction = TransactionState.idle
  private var interest: Interest = .readable
  private var output = OutputState.flushed

  /// Takes over an open connection and begins to listen on it.
  init(_ handle: ConnectionHandle, on loop: EventLoop) throws(LoopError) {
    self.loop = loop
    life = .open(handle)
    socket = PQsocket(handle.pointer)
    cancelHandle = CancelHandle(for: handle)
    PQsetnonblocking(handle.pointer, 1)
    PQenterPipelineMode(handle.pointer)
    try loop.register(socket, for: .readable, handler: self)
  }

  var isOpen: Bool {
    if case .open = life { return true }
    return false
  }

  var isIdle: Bool { outstanding.isEmpty && aborted.isEmpty }

  func ready(_ readiness: Readiness) {
    if readiness.contains(.writable) { flush() }
    guard case .open(let handle) = life else { return }
    if isHeld {
      // Nobody reads, and a connection that has ended says so again and again until somebody listens.
      if readiness.contains(.hungUp) { lose("the server closed the connection") }
      return
    }
    guard readiness.contains(.readable) || readiness.contains(.hungUp) else { return }
    let isIntact = PQconsumeInput(handle.pointer) == 1
    drain()
    guard isOpen else { return }
    guard isIntact, PQstatus(handle.pointer) == CONNECTION_OK else { return lose(handle.message) }
    // The server may have waited for us to read before it takes more.
    switch output {
    case .pending: flush()
    case .flushed: updateInterest()
    }
  }

  /// Hands the kernel what libpq has buffered, and asks to be told when the kernel takes the rest.
  func flush() {
    guard case .open(let handle) = life else { return }
    switch PQflush(handle.pointer) {
    case 0: output = .flushed
    case 1: output = .pending
    default: return lose(handle.message)
    }
    updateInterest()
  }

  /// Tells the loop what to wait for: input unless a stream is held, room for output while some is pending.
  func updateInterest() {
    guard isOpen else { return }
    var wanted: Interest = isHeld ? [] : .readable
    switch output {
    case .flushed: break
    case .pending: wanted.insert(.writable)
    }
    guard wanted != interest else { return }
    interest = wanted
    loop.update(socket, for: wanted)
  }

  /// Ends the connection; whatever is outstanding fails.
  func close() {
    end("the connection was closed")
  }

  /// Ends a connection that the server or the network has ended, and tells the owner.
  func lose(_ message: String) {
    guard isOpen else { return }
    end(message)
    onLost?(message)
    onLost = nil
  }

  private func end(_ message: String) {
    guard case .open(let handle) = life else { return }
    life = .closed
    // The handle closes the socket, so it has to outlive the loop's interest in it.
    loop.deregister(socket) { withExtendedLifetime(handle) {} }
    failEverything(.lost(message))
  }

  private func failEverything(_ fault: PipelineFault) {
    let waiting = aborted
    aborted = []
    while let entry = outstanding.popFirst() {
      if case .execution(let submission) = entry { submission.fail(fault) }
    }
    for submission in waiting { submission.fail(fault) }
  }
}
