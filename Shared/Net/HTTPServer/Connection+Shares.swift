import Clock
import EventLoop
import HTTP
import Routing
import Transport

/// A request whose client has used up its share of the loop.
struct HeldRequest {
  let answer: @Sendable () async -> Response
  let work: LoopLoad.Work
  let payer: SharePayer
  /// Its place among those that wait for the client's share.
  let place: Int
  /// When it has waited too long.
  let deadline: Deadline
}

/// The client for which a request counts.
struct SharePayer {
  let client: Int
  /// The request's token.
  let token: Int?
  /// Whether a request has proved that the token is a user's.
  let isProven: Bool
}

/// The client for which a request in progress counts, and when it began.
struct ClientShare {
  let payer: SharePayer
  let begun: UInt64

  init(of payer: SharePayer) {
    self.payer = payer
    begun = MonotonicClock.coarseNanoseconds()
  }
}

extension Connection {
  /// Runs a responder's task, or holds it while the client has as many requests in progress as its share allows.
  func begin(
    _ answer: @escaping @Sendable () async -> Response, _ work: LoopLoad.Work, for payer: SharePayer?
  ) {
    guard let payer else { return run(answer, work, share: nil) }
    switch server.shares.enter(self, of: payer.client) {
    case .begins: run(answer, work, share: ClientShare(of: payer))
    case .waits(let place):
      guard case .calling(let framing) = state else { return }
      let deadline = server.queueDeadline()
      held = HeldRequest(answer: answer, work: work, payer: payer, place: place, deadline: deadline)
      enter(.awaiting(framing, .open))
      limit(until: deadline)
    case .refused: shedStarted()
    }
  }

  /// The client for which a request counts. Nil of a probe, and of a stranger without a source.
  ///
  /// A token that a request has proved costs one look-up. All others need the check of a signature or the client's source.
  func payer(of request: borrowing Request) -> SharePayer? {
    let token = request.headers.fingerprint(of: "Authorization")
    if let token, let client = server.shares.client(of: token) {
      return SharePayer(client: client, token: token, isProven: true)
    }
    if server.isUnshed(request) { return nil }
    let site = namedSite(of: request)
    if token != nil, let user = server.responder.verifiedUser(of: request) {
      return SharePayer(client: ClientNumber.of(user, at: site), token: token, isProven: false)
    }
    guard let site else { return nil }
    return SharePayer(client: ClientNumber.strangers(of: site), token: token, isProven: false)
  }

  /// Where the request's client comes from, as the limits count it. Nil where a trusted proxy names no client but itself, and
  /// on a listener for few clients: all of them may have one address, and strangers give way with their connections.
  private func namedSite(of request: borrowing Request) -> ClientSource? {
    if server.configuration.strangersGiveWay { return nil }
    guard peer.isTrustedProxy else { return peer.source.site }
    if request.remoteAddress == peer.address { return nil }
    return ClientSource(request.remoteAddress).site
  }

  /// Ends the wait of the held request, which does not begin.
  func abandonHeld() {
    guard let request = held else { return }
    held = nil
    server.shares.abandon(request.place, of: request.payer.client)
  }

  /// Starts the held request. False when the connection has none any more.
  func startHeld() -> Bool {
    guard let request = held, case .awaiting(var framing, let input) = state else { return false }
    held = nil
    if waitingInput.isEmpty, server.isEnding { framing.keepAlive = false }
    server.shares.take(request.payer.client)
    state = .calling(framing)
    run(request.answer, request.work, share: ClientShare(of: request.payer))
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
    abandonHeld()
    shedStarted()
    flushGathered()
    updateInterest()
  }

  /// Refuses a request that has arrived whole.
  func shedStarted() {
    switch state {
    case .calling(let framing), .awaiting(let framing, .open), .awaiting(let framing, .dropped):
      shed(isHead: framing.isHead, mayStay: framing.keepAlive && framing.version == .http11)
    case .awaiting(let framing, .ended): shed(isHead: framing.isHead, mayStay: false)
    case .idle, .receiving, .paused, .closing, .lingering, .closed: break
    }
  }
}

extension LoopServer {
  /// A request of the client has ended with this response, which names the user where the token is good. Those that wait for the
  /// client's share begin at the end of the batch.
  func leave(_ share: ClientShare, after response: borrowing Response) {
    learn(of: share.payer, from: response)
    let now = MonotonicClock.coarseNanoseconds()
    let took = now - min(now, share.begun)
    guard shares.leave(share.payer.client, after: took, at: now) else { return }
    loop.atEndOfBatch { [self] in
      while let connection = shares.next(of: share.payer.client) { _ = connection.startHeld() }
    }
  }

  /// A token that ended well is its user's. One that is refused, because it has expired or was signed out, spends nothing of its
  /// former user any more.
  private func learn(of payer: SharePayer, from response: borrowing Response) {
    guard let token = payer.token else { return }
    if let user = response.userID {
      if !payer.isProven { shares.note(token, isOf: user) }
    } else if payer.isProven, response.status == .unauthorized {
      shares.forget(token)
    }
  }

  /// Whether a new request of this kind is refused.
  func refuses(_ work: LoopLoad.Work) -> Bool { isFull || shedder.refuses(work) }

  /// Whether as many requests are in memory as may be: in progress, or waiting for their client's share.
  var isFull: Bool { shedder.isFull(beside: shares.waitingCount) }

  /// When a request that waits from now on has waited too long.
  func queueDeadline() -> Deadline {
    Deadline(millisecondsFromNow: configuration.queueMilliseconds, now: MonotonicClock.coarseNanoseconds())
  }
}
