import Clock
import EventLoop
import HTTP
import Routing

/// A request whose client has used up its share of the loop.
struct HeldRequest {
  let answer: @Sendable () async -> Response
  let work: LoopLoad.Work
  let token: Int
  let client: Int
  /// When it has waited too long.
  let deadline: Deadline
}

/// The token of a request in progress, the client for which it counts, and when it began.
struct ClientShare {
  let token: Int
  let client: Int
  let begun: UInt64
}

extension Connection {
  /// Runs a responder's task, or holds it while the client has as many requests in progress as its share allows.
  func begin(_ answer: @escaping @Sendable () async -> Response, _ work: LoopLoad.Work, of token: Int?) {
    guard let token else { return run(answer, work, share: nil) }
    let client = server.shares.client(of: token)
    switch server.shares.enter(self, of: client) {
    case .begins:
      run(
        answer, work,
        share: ClientShare(token: token, client: client, begun: MonotonicClock.coarseNanoseconds()))
    case .waits:
      guard case .calling(let framing) = state else { return }
      let deadline = server.queueDeadline()
      held = HeldRequest(answer: answer, work: work, token: token, client: client, deadline: deadline)
      enter(.awaiting(framing, .open))
      limit(until: deadline)
    case .refused:
      shedStarted()
    }
  }

  /// Starts the held request. False when the connection has none any more.
  func startHeld() -> Bool {
    guard let request = held, case .awaiting(let framing, let input) = state else { return false }
    held = nil
    server.shares.take(request.client)
    state = .calling(framing)
    run(
      request.answer, request.work,
      share: ClientShare(
        token: request.token, client: request.client, begun: MonotonicClock.coarseNanoseconds()))
    restoreInput(input)
    resume()
    flushGathered()
    updateInterest()
    return true
  }

  /// The request has begun, and what may follow it is as before.
  private func restoreInput(_ input: ConnectionState.PeerInput) {
    switch (input, state) {
    case (.ended, .awaiting(let framing, _)): endInput(framing)
    case (.dropped, .awaiting(let framing, _)): state = .awaiting(framing, .dropped)
    case (.dropped, .closing): state = .closing(.lingering)
    case (.open, _), (.ended, _), (.dropped, _): break
    }
  }

  /// Refuses the held request, which has waited too long.
  func refuseHeld(_ request: HeldRequest) {
    guard request.deadline.hasPassed else { return limit(until: request.deadline) }
    held = nil
    shedStarted()
    flushGathered()
    updateInterest()
  }

  private func shedStarted() {
    switch state {
    case .calling(let framing), .awaiting(let framing, .open), .awaiting(let framing, .dropped):
      shed(isHead: framing.isHead, mayStay: framing.keepAlive && framing.version == .http11)
    case .awaiting(let framing, .ended): shed(isHead: framing.isHead, mayStay: false)
    case .idle, .receiving, .paused, .closing, .lingering, .closed: break
    }
  }
}

extension LoopServer {
  /// A request of the client has ended, which was that of a user where the token is good. Those that wait for its share
  /// begin at the end of the batch.
  func leave(_ share: ClientShare, by user: Int64?) {
    if let user, share.client == share.token { shares.note(share.token, isOf: user) }
    let now = MonotonicClock.coarseNanoseconds()
    let took = now - min(now, share.begun)
    guard shares.leave(share.client, after: took, at: now) else { return }
    loop.atEndOfBatch { [self] in
      while let connection = shares.next(of: share.client) { _ = connection.startHeld() }
    }
  }

  /// When a request that waits from now on has waited too long.
  func queueDeadline() -> Deadline {
    Deadline(millisecondsFromNow: configuration.queueMilliseconds, now: MonotonicClock.coarseNanoseconds())
  }
}
