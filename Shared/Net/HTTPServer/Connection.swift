import Clock
import EventLoop
import HTTP
import Routing
import Transport

/// One client's connection: a state machine between the loop's readiness and the responder's responses.
///
/// It reads into the loop's scratch buffer and gathers responses in the loop's output buffer. It owns memory only for a
/// partial request (in the parser), for waiting pipelined requests, and for unsent bytes. It serves one request at a
/// time, so responses leave in the order of the requests. Only its loop's thread accesses it.
final class Connection: ReadinessHandler {
  /// Whether the connection counts towards the limit.
  enum Standing { case admitted, refused }

  let socket: Socket
  let standing: Standing
  let server: LoopServer
  let peer: Peer
  /// The place among the loop's connections, by their begin.
  let place: UInt64
  /// The TLS session; nil on a plain connection.
  var encryption: ConnectionEncryption?
  /// The place among those that wait for a turn of their handshake; nil while the connection does not.
  var handshakePlace: Int?
  /// Whether the last request came through a proxy that is not trusted, or says so.
  var isForwarded = false

  var state = ConnectionState.idle
  var parser: RequestParser
  /// Whether the client is still there, for the responder of its request.
  let presence = ClientPresence()
  /// Bytes after the request in progress.
  var waitingInput: [UInt8] = []
  /// Whether the parser or ``waitingInput`` may hold bytes. They do not after a request that arrived whole, as nearly all do.
  var mayHoldInput = false
  /// The memory of what has arrived and has not begun, as it counts on the loop.
  var incompleteBytes = 0
  /// The place among the loop's incomplete requests, by their begin; 0 while there is none, and from the begin of each request.
  var incompletePlace: UInt64 = 0
  /// The bytes that the socket has not accepted yet; nil while there are none, as nearly always.
  var unsent: UnsentOutput?
  /// The time limit of the current state.
  private(set) var deadline = Deadline.never
  /// The bytes that have moved since the time limit of the transfer last began.
  var transferred = 0
  /// The bytes that the kernel held for the client when the time limit of the transfer last began.
  var heldByKernel = 0
  /// When the last bytes of an incomplete request arrived, or a pause began.
  var lastHeard: UInt64 = 0
  /// When the client last accepted bytes of a response; 0 while none wait.
  var lastAccepted: UInt64 = 0
  /// When the body must be complete.
  private(set) var bodyDeadline = Deadline.never
  /// The first bytes of a request, while they are too few to decide on it.
  var beginning: [UInt8] = []
  /// Whether the request that has begun gets a refusal at its end.
  var isDoomed = false
  /// The target for which the request that has begun is not refused, among the server's.
  var exemption: Int?
  /// When the waiting input is too old to be started.
  var waitingDeadline = Deadline.never
  /// The responder's task while the connection awaits its response.
  var responding: LoopTask?
  /// The request that waits for its client's share; its state is `awaiting`.
  var held: HeldRequest?
  /// When the responder's task is cancelled.
  private var responseDeadline = Deadline.never
  /// The interest registered with the loop.
  private var watched = Interest.readable

  init(
    _ socket: Socket, from peer: Peer, as standing: Standing, on server: LoopServer,
    encryption: ConnectionEncryption?
  ) {
    self.socket = socket
    self.encryption = encryption
    self.standing = standing
    self.server = server
    self.peer = peer
    place = server.takePlace()
    parser = RequestParser(limits: server.configuration.requestLimits)
    restartDeadline()
  }

  /// The interest of the current state. The connection does not read while it has unsent bytes.
  private var interest: Interest {
    if unsent != nil { return .writable }
    if handshakePlace != nil { return [] }
    switch state {
    case .idle, .receiving, .lingering: return .readable
    case .calling, .paused, .closing, .closed: return []
    case .awaiting(_, .ended), .awaiting(_, .dropped): return []
    case .awaiting(_, .open):
      return waitingInput.count < ServerLimit.waitingInputBytes && server.readsAhead ? .readable : []
    }
  }

  func ready(_ readiness: Readiness) {
    if readiness.contains(.writable) { flushUnsent() }
    if readiness.contains(.readable) { readOnce() }
    if readiness.contains(.hungUp) { endUnread() }
    updateInterest()
    server.limitIncomplete()
  }

  /// Registers the current interest with the loop. An unchanged interest costs nothing.
  func updateInterest() {
    if case .closed = state { return }
    countIncomplete()
    if let encryption, encryption.hasEnded, interest == .readable, endEndedSession() { return }
    let interest = interest
    guard interest != watched else { return }
    watched = interest
    server.loop.update(socket.descriptor, for: interest)
  }

  /// Closes a connection that is gone while it is not read.
  private func endUnread() {
    switch state {
    case .awaiting, .paused: close()
    case .idle where handshakePlace != nil: close()
    case .idle, .receiving, .calling, .closing, .lingering, .closed: break
    }
  }

  private func readOnce() {
    // Another socket may have reused a closed descriptor's number.
    if case .closed = state { return }
    if case .awaiting = state, !server.readsAhead { return }
    if isShakingHands { server.shakeHands(of: self, readNow) } else { readNow() }
  }

  /// The connection's turn of its handshake.
  func takeHandshakeTurn() {
    readNow()
    updateInterest()
    server.limitIncomplete()
  }

  private func readNow() {
    let scratch = server.loop.scratch
    let outcome =
      if let encryption { readDecrypted(encryption, into: scratch) } else { try? socket.read(into: scratch) }
    switch outcome {
    case .bytes(let count): take(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    case .wouldBlock: break
    case .ended: endOfInput()
    case nil: close()
    }
    if let encryption { sendSealed(encryption) }
  }

  /// The client has ended its side.
  private func endOfInput() {
    if case .awaiting(let framing, _) = state { endInput(framing) } else { close() }
  }

  /// The end of a session can come in one read with the last request. It counts once there is nothing left to do but to read.
  /// Returns whether the connection has closed. One that lingers waits for the end of the connection itself.
  private func endEndedSession() -> Bool {
    if case .lingering = state { return false }
    endOfInput()
    if case .closed = state { return true }
    return false
  }

  /// The client sends no more. It may still read, or it may be gone, which looks the same.
  func endInput(_ framing: ResponseSerializer.Framing) {
    state = .awaiting(framing, .ended)
    guard case .http11 = framing.version else { return }
    deadline = min(responseDeadline, Deadline(millisecondsFromNow: ServerLimit.peerCheckMilliseconds))
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    if case .refused = standing, case .idle = state { return takeRefused(bytes) }
    switch state {
    case .idle, .receiving:
      server.shedder.touch()
      transferred += bytes.count
      process(bytes)
      flushGathered()
    case .awaiting, .paused: keepWaiting(bytes)
    case .calling, .closing, .lingering, .closed: break
    }
  }
}

// MARK: - Closing

extension Connection {
  /// Closes the descriptor. The connection drops a response that arrives later.
  ///
  /// - Parameter isCut: Whether the server ends a request in progress, and not its client.
  func close(isCut: Bool = false) {
    if case .closed = state { return }
    if !isCut { presence.end() }
    endEncryption()
    if case .paused = state { server.pausedCount -= 1 }
    state = .closed
    responding?.cancel()
    responding = nil
    abandonHeld()
    server.leaveHandshakes(self)
    deadline = .never
    dropUnsent()
    dropInput()
    let socket = socket
    server.loop.deregister(socket.descriptor) { socket.close() }
    server.remove(self)
  }

  /// Ends a closing connection in its mode, once all bytes of the last response are sent.
  func finishClosing() {
    guard case .closing(let mode) = state, unsent == nil else { return }
    switch mode {
    case .immediate:
      close()
    case .lingering:
      endEncryption()
      socket.finishWriting()
      enter(.lingering)
    }
  }

  /// Gives an idle connection a last moment for its next request while the server drains: its client may be sending it now.
  /// That request gets its response, which announces the end. A request in progress still gets its response.
  func drain() {
    endPause()
    limitTransferForStop()
    guard case .idle = state, unsent == nil else { return }
    readOnce()
    updateInterest()
    guard case .idle = state, unsent == nil else { return }
    limitIdleForStop()
  }

  private func limitIdleForStop() {
    deadline = min(deadline, Deadline(millisecondsFromNow: ServerLimit.drainGraceMilliseconds))
  }

  /// Ends an idle connection. While the server drains, it serves a request that has just arrived, and else ends its side
  /// first and reads to the client's end.
  private func endIdle() {
    guard server.isEnding, standing == .admitted else { return close() }
    readOnce()
    updateInterest()
    guard case .idle = state, unsent == nil else { return }
    state = .closing(.lingering)
    finishClosing()
    updateInterest()
  }
}

// MARK: - Time limits

extension Connection {
  /// Changes the state and starts its time limit.
  func enter(_ newState: ConnectionState) {
    state = newState
    if case .closing = newState { dropInput() }
    restartDeadline()
  }

  /// Starts the time limit of the current state. Unsent bytes have precedence, with the write timeout.
  func restartDeadline() {
    if let limit = encryption?.handshakeDeadline { return deadline = limit }
    if unsent != nil { return allow(seconds: server.readerSeconds) }
    switch state {
    case .idle: allowIdle()
    case .receiving(.head): allow(seconds: server.configuration.headerTimeoutSeconds)
    case .receiving(.body):
      allow(seconds: server.configuration.bodyTimeoutSeconds)
      bodyDeadline = min(deadline, server.transfersEnd)
      restartBodyRate()
    case .lingering: deadline = Deadline(millisecondsFromNow: ServerLimit.lingerMilliseconds)
    case .paused: deadline = Deadline(millisecondsFromNow: server.nextPauseMilliseconds())
    case .awaiting:
      if let held { return limit(until: held.deadline) }
      allow(seconds: server.configuration.responseTimeoutSeconds)
      responseDeadline = deadline
    case .calling, .closing, .closed: deadline = .never
    }
  }

  /// Starts the time limit of the next part of a body.
  func restartBodyRate() {
    transferred = 0
    allow(seconds: server.configuration.bodyRateSeconds)
    deadline = min(deadline, bodyDeadline)
  }

  /// Begins the time limits that hold while the server stops: for a body that has begun, and for a client that reads.
  private func limitTransferForStop() {
    if unsent != nil {
      transferred = 0
      heldByKernel = socket.unacknowledgedBytes
      restartDeadline()
    } else if case .receiving(.body) = state {
      bodyDeadline = min(bodyDeadline, server.transfersEnd)
      deadline = min(deadline, bodyDeadline)
    }
  }

  /// Sets the time limit of the current state.
  func limit(until end: Deadline) { deadline = end }

  private func allowIdle() {
    switch standing {
    case .admitted:
      allow(seconds: server.configuration.idleTimeoutSeconds)
      if server.isDraining { limitIdleForStop() }
    case .refused: deadline = Deadline(millisecondsFromNow: ServerLimit.refusalMilliseconds)
    }
  }

  private func allow(seconds: Int) {
    deadline = Deadline(millisecondsFromNow: seconds * 1_000, now: MonotonicClock.coarseNanoseconds())
  }

  /// Handles an expired time limit.
  func expire() {
    guard unsent == nil else {
      if hasAccepted() { return restartDeadline() }
      server.counters.countUnread(.slowReader, from: peer.source)
      return close()
    }
    guard !isShakingHands else { return close() }
    switch state {
    case .idle where standing == .refused: refuse()
    case .receiving:
      respondAndClose(Problem(.requestTimeout, detail: "The request took too long to arrive."))
      flushGathered()
      updateInterest()
    case .idle: endIdle()
    case .lingering: close()
    case .paused: endPause()
    case .awaiting where held != nil: held.map(refuseHeld)
    case .awaiting(_, .ended) where !responseDeadline.hasPassed: checkPeer()
    case .awaiting:
      responding?.cancel()
      deadline = .never
    case .calling, .closing, .closed: deadline = .never
    }
  }

  /// Sends an interim response (RFC 9110, section 15.2), which a client that still reads ignores. The system of a client
  /// that has closed its socket answers with a reset, and the loop then reports the connection as hung up.
  private func checkPeer() {
    deadline = responseDeadline
    server.gatherContinue()
    flushGathered()
    updateInterest()
  }
}
