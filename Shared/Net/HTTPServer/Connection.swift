import Clock
import EventLoop
import HTTP
import Routing
import Transport

/// One client's connection: a state machine between the loop's readiness and the responder's answers.
///
/// It reads into the loop's scratch buffer and gathers answers in the loop's output buffer. It owns memory only while it
/// holds part of a request (in the parser), requests that wait for the one before them, or bytes the client has not
/// taken. Answers go out in the order of the requests, because one request is answered at a time. Confined to its loop.
final class Connection: ReadinessHandler {
  /// Whether the connection counts towards the limit.
  enum Standing { case admitted, refused }

  let socket: Socket
  let standing: Standing
  let server: LoopServer
  let remoteAddress: String?

  var state = ConnectionState.idle
  var parser: RequestParser
  /// Bytes after the request that is being answered.
  var waitingInput: [UInt8] = []
  var unsent = UnsentOutput()
  /// When the present state has lasted too long.
  private(set) var deadline = Deadline.never
  /// What the loop was told to wait for.
  private var watched = Interest.readable
  /// Whether any byte has come: a new connection is given time to send its first request while the server stops.
  private var hasSpoken = false

  init(_ socket: Socket, as standing: Standing, on server: LoopServer) {
    self.socket = socket
    self.standing = standing
    self.server = server
    remoteAddress = try? socket.remoteAddress().host
    parser = RequestParser(limits: server.configuration.requestLimits)
    restartDeadline()
  }

  /// What the connection waits for, given its state. While bytes are unsent nothing more is read.
  private var interest: Interest {
    if !unsent.isEmpty { return .writable }
    switch state {
    case .idle, .receiving, .lingering: return .readable
    case .calling, .closing, .closed: return []
    case .awaiting(_, .ended): return []
    case .awaiting(_, .open): return waitingInput.count < ServerLimit.waitingInputBytes ? .readable : []
    }
  }

  func ready(_ readiness: Readiness) {
    if readiness.contains(.writable) { flushUnsent() }
    if readiness.contains(.readable) { readOnce() }
    if readiness.contains(.hungUp), case .awaiting = state { close() }
    updateInterest()
  }

  /// Tells the loop what to wait for; costs nothing when it is the same as before.
  func updateInterest() {
    if case .closed = state { return }
    let interest = interest
    guard interest != watched else { return }
    watched = interest
    server.loop.update(socket.descriptor, for: interest)
  }

  private func readOnce() {
    // A closed descriptor's number may belong to somebody else by now.
    if case .closed = state { return }
    let scratch = server.loop.scratch
    switch (state, try? socket.read(into: scratch)) {
    case (_, .bytes(let count)): take(UnsafeRawBufferPointer(rebasing: scratch[..<count]))
    case (_, .wouldBlock): break
    case (.awaiting(let framing, _), .ended): state = .awaiting(framing, .ended)
    case (_, .ended), (_, nil): close()
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    hasSpoken = true
    switch state {
    case .idle, .receiving:
      process(bytes)
      flushGathered()
    case .awaiting: waitingInput.append(contentsOf: bytes)
    case .calling, .closing, .lingering, .closed: break
    }
  }
}

// MARK: - The end

extension Connection {
  /// Gives the descriptor back. An answer that comes later finds nobody and is dropped.
  func close() {
    if case .closed = state { return }
    state = .closed
    deadline = .never
    unsent = UnsentOutput()
    waitingInput = []
    let socket = socket
    server.loop.deregister(socket.descriptor) { socket.close() }
    server.remove(self)
  }

  /// Ends the connection in the way its last answer asked for, once the client has taken that answer.
  func finishClosing() {
    guard unsent.isEmpty, case .closing(let farewell) = state else { return }
    switch farewell {
    case .atOnce:
      close()
    case .lingering:
      socket.finishWriting()
      enter(.lingering)
    }
  }

  /// The server is stopping: a request that has begun is still answered, an idle connection ends.
  func drain() {
    guard case .idle = state, unsent.isEmpty else { return }
    readOnce()
    updateInterest()
    guard case .idle = state, unsent.isEmpty else { return }
    if hasSpoken {
      endIdle()
    } else {
      deadline = min(deadline, Deadline(millisecondsFromNow: ServerLimit.drainGraceMilliseconds))
    }
  }

  private func endIdle() {
    state = .closing(.lingering)
    finishClosing()
    updateInterest()
  }
}

// MARK: - Time

extension Connection {
  /// Changes the state, and starts the time that the new one may take.
  func enter(_ newState: ConnectionState) {
    state = newState
    restartDeadline()
  }

  /// Starts the time limit of the present state; unsent bytes come before everything else.
  func restartDeadline() {
    if !unsent.isEmpty { return allow(seconds: server.configuration.writeTimeoutSeconds) }
    switch state {
    case .idle: allow(seconds: server.configuration.idleTimeoutSeconds)
    case .receiving(.head): allow(seconds: server.configuration.headerTimeoutSeconds)
    case .receiving(.body): allow(seconds: server.configuration.bodyTimeoutSeconds)
    case .lingering: deadline = Deadline(millisecondsFromNow: ServerLimit.lingerMilliseconds)
    case .calling, .awaiting, .closing, .closed: deadline = .never
    }
  }

  private func allow(seconds: Int) {
    deadline = Deadline(millisecondsFromNow: seconds * 1_000, now: MonotonicClock.coarseNanoseconds())
  }

  /// The present state has lasted too long.
  func expire() {
    guard unsent.isEmpty else { return close() }
    switch state {
    case .receiving:
      answerAndClose(Problem(.requestTimeout, detail: "The request took too long to arrive."))
      flushGathered()
      updateInterest()
    case .idle, .lingering: close()
    case .calling, .awaiting, .closing, .closed: deadline = .never
    }
  }
}
