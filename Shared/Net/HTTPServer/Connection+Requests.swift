import Clock
import EventLoop
import HTTP
import Routing

extension Connection {
  /// Parses bytes and starts each complete request. It stops when a responder suspends, the connection is closing, or
  /// the gathered responses do not fit into the socket. The remaining bytes then wait.
  ///
  /// `isNew`: whether the bytes come from the client now, and have not waited. After some time of a stop such a request is
  /// the last one, so that a client that always has another one does not hold up the stop.
  func process(_ bytes: UnsafeRawBufferPointer, isLate: Bool = false, isNew: Bool = true) {
    var position = 0
    while position < bytes.count {
      guard canStart() else {
        keepWaiting(UnsafeRawBufferPointer(rebasing: bytes[position...]))
        return
      }
      let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
      decide(at: rest, isLate: isLate, isFirst: isNew && position == 0)
      do throws(ParseError) {
        var consumed = 0
        guard var request = try parser.next(in: rest, consumed: &consumed) else { return noteProgress() }
        position += consumed
        if isDoomed {
          shed(request)
        } else {
          start(&request, isLast: position == bytes.count || (isNew && server.isOverdue))
        }
      } catch {
        respondAndClose(Problem(error))
        return
      }
    }
  }

  /// Whether another request may start now.
  private func canStart() -> Bool {
    switch state {
    case .idle, .receiving:
      if server.output.count >= ServerLimit.gatheredOutputBytes { flushGathered() }
      guard case .closed = state else { return unsent == nil }
      return false
    case .calling, .awaiting, .paused, .closing, .lingering, .closed:
      return false
    }
  }

  /// Keeps bytes for later, with the time up to which their requests may start.
  func keepWaiting(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .idle, .receiving, .awaiting, .paused:
      if waitingInput.isEmpty { waitingDeadline = server.requestDeadline() }
      waitingInput.append(contentsOf: bytes)
      mayHoldInput = true
    case .calling, .closing, .lingering, .closed: break
    }
  }

  /// Records a partial request. Its time limit starts at its first byte, and again at the end of its head.
  private func noteProgress() {
    lastHeard = MonotonicClock.coarseNanoseconds()
    mayHoldInput = true
    switch (state, parser.isReadingBody) {
    case (.receiving(.head), false): break
    case (.receiving(.body), true):
      if transferred >= server.transferBytes(in: server.configuration.bodyRateSeconds) { restartBodyRate() }
    case (_, true): beginBody()
    case (_, false): if !parser.isIdle { enter(.receiving(.head)) }
    }
  }

  /// A head is complete before its body. The responder limits how much of the body is stored: nothing, where no body could
  /// change the refusal. A client that waits for permission to send such a body gets the refusal instead.
  private func beginBody() {
    let isWaiting = parser.takeContinueRequest()
    if isDoomed, isWaiting { return shedUnread() }
    if let request = parser.incompleteRequest {
      let limit = isDoomed ? 0 : server.responder.bodyLimit(of: request)
      let isTaken = parser.limitBody(to: limit) && limit > 0
      if isWaiting, !isTaken { return refuseUnread(request) }
    }
    if isWaiting { server.gatherContinue() }
    enter(.receiving(.body))
  }

  /// Responds to a request without its body. The client may send the body or not, so the connection ends.
  private func refuseUnread(_ request: consuming Request) {
    request.keepAlive = false
    request.unreadBodyBytes = max(1, request.unreadBodyBytes)
    dropInput()
    start(&request, isLast: true)
    if case .closing = state { state = .closing(.lingering) }
  }

  /// Passes a request to the responder. An immediate response needs no task. A task runs here until its first
  /// suspension, and most tasks complete before this method returns.
  private func start(_ request: inout Request, isLast: Bool) {
    var framing = ResponseSerializer.Framing(answering: request)
    if standing == .refused || (server.isEnding && isLast) { framing.keepAlive = false }
    incompletePlace = 0
    request.remoteAddress = clientAddress(of: request)
    request.presence = presence
    isForwarded = !peer.isTrustedProxy && request.headers.namesProxy
    let work: LoopLoad.Work = request.method == .get || request.method == .head ? .read : .change
    state = .calling(framing)
    switch server.responder.begin(request) {
    case .now(let response):
      gather(response, framing)
    case .later(let answer):
      // Others that were taken at their first bytes, too, may have arrived whole since.
      if server.isFull, exemption == nil, !server.isUnshed(request) { return shedStarted() }
      begin(answer, work, for: payer(of: request))
    }
  }

  private func clientAddress(of request: borrowing Request) -> String? {
    guard peer.isTrustedProxy, let address = peer.address else { return peer.address }
    guard let client = server.configuration.trustedProxies.client(of: request.headers, behind: address) else {
      server.counters.countUnreadableForwarded(by: peer.source)
      return address
    }
    return client
  }

  /// Runs a responder's task up to its first suspension.
  func run(_ answer: @escaping @Sendable () async -> Response, _ work: LoopLoad.Work, share: ClientShare?) {
    server.shedder.begin(work)
    let bound = LoopBound(self, to: server.loop)
    let task = server.loop.runTask {
      let response = await answer()
      bound.value.finish(response, work, share)
    }
    guard case .calling(let framing) = state else { return }
    responding = task
    enter(.awaiting(framing, .open))
  }

  /// Accepts the responder's response. If the responder had suspended, the waiting input continues from here.
  private func finish(_ response: Response, _ work: LoopLoad.Work, _ share: ClientShare?) {
    server.shedder.end(work, hasFailed: response.status.code >= 500 || presence.isGone)
    if let share { server.leave(share, after: response) }
    responding = nil
    switch state {
    case .calling(let framing):
      gather(response, framing)
    case .awaiting(let framing, let input):
      var framing = framing
      if waitingInput.isEmpty, server.isEnding || input == .ended { framing.keepAlive = false }
      if input == .dropped { framing.keepAlive = false }
      gather(response, framing)
      if input == .dropped { state = .closing(.lingering) }
      resume()
      flushGathered()
      updateInterest()
    case .idle, .receiving, .paused, .closing, .lingering, .closed:
      break
    }
  }

  /// Processes the waiting input. Requests that have waited longer than a request may take are not started. A pause is part
  /// of that time for the first of them; those that wait behind it get a time of their own.
  func resume() {
    if case .paused = state { return }
    guard !waitingInput.isEmpty else { return }
    let input = waitingInput
    waitingInput = []
    let isLate = waitingDeadline.hasPassed
    input.withUnsafeBytes { process($0, isLate: isLate, isNew: false) }
  }

  private func gather(_ response: Response, _ framing: ResponseSerializer.Framing) {
    endExemption()
    if framing.keepAlive, mustPause(after: response) {
      server.gather(response.naming(atLeast: server.pauseSeconds), framing)
      return pause()
    }
    server.gather(response, framing)
    if framing.keepAlive {
      enter(.idle)
    } else {
      let mustLinger = server.isEnding || !waitingInput.isEmpty
      enter(.closing(mustLinger ? .lingering : .immediate))
    }
  }

  /// Whether the observers learn of each refusal, or the server's owner of their number.
  enum Reporting { case singly, inSum }

  /// Sends an error response of the server's own, notifies the observers, and closes the connection with lingering, so
  /// that the client can read the response.
  func respondAndClose(_ problem: Problem, reporting: Reporting = .singly) {
    var response = problem.response()
    let requestID = server.requestIDs.next()
    response.requestID = requestID
    response.headers.set("Cache-Control", "no-store")
    if reporting == .singly {
      server.responder.refused(with: response, requestID: requestID, client: peer.address)
    }
    server.gather(response, ResponseSerializer.Framing(keepAlive: false))
    waitingInput = []
    enter(.closing(.lingering))
  }
}
