import Clock
import EventLoop
import HTTP
import Routing

/// A request whose client has used up its share of the loop.
struct HeldRequest {
  let answer: @Sendable () async -> Response
  let work: LoopLoad.Work
  let client: Int
  /// When it has waited too long.
  let deadline: Deadline
}

/// The client of a request in progress, and when it began.
struct ClientShare {
  let client: Int
  let begun: UInt64
}

extension Connection {
  /// Runs a responder's task, or holds it while the client has as many requests in progress as its share allows.
  func begin(_ answer: @escaping @Sendable () async -> Response, _ work: LoopLoad.Work, of client: Int?) {
    guard let client else { return run(answer, work, share: nil) }
    switch server.shares.enter(self, of: client) {
    case .begins:
      run(answer, work, share: ClientShare(client: client, begun: MonotonicClock.coarseNanoseconds()))
    case .waits:
      guard case .calling(let framing) = state else { return }
      let deadline = server.queueDeadline()
      held = HeldRequest(answer: answer, work: work, client: client, deadline: deadline)
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
      share: ClientShare(client: request.client, begun: MonotonicClock.coarseNanoseconds()))
    if case .awaiting(let framing, .open) = state, input == .ended { endInput(framing) }
    resume()
    flushGathered()
    updateInterest()
    return true
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
    case .calling(let framing), .awaiting(let framing, .open):
      shed(isHead: framing.isHead, mayStay: framing.keepAlive && framing.version == .http11)
    case .awaiting(let framing, .ended): shed(isHead: framing.isHead, mayStay: false)
    case .idle, .receiving, .paused, .closing, .lingering, .closed: break
    }
  }
}

extension LoopServer {
  /// A request of the client has ended. Those that wait for its share begin at the end of the batch.
  func leave(_ share: ClientShare) {
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
