import EventLoop
import HTTP
import Routing

extension Connection {
  /// Parses bytes and starts each complete request. It stops when a responder suspends, the connection is closing, or
  /// the gathered responses do not fit into the socket. The remaining bytes then wait.
  func process(_ bytes: UnsafeRawBufferPointer) {
    var position = 0
    while position < bytes.count {
      guard canStart() else {
        keepWaiting(bytes, from: position)
        return
      }
      let rest = UnsafeRawBufferPointer(rebasing: bytes[position...])
      do throws(ParseError) {
        var consumed = 0
        guard let request = try parser.next(in: rest, consumed: &consumed) else { return noteProgress() }
        position += consumed
        start(request, isLast: position == bytes.count)
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
      guard case .closed = state else { return unsent.isEmpty }
      return false
    case .calling, .awaiting, .closing, .lingering, .closed:
      return false
    }
  }

  private func keepWaiting(_ bytes: UnsafeRawBufferPointer, from position: Int) {
    switch state {
    case .idle, .receiving, .awaiting: waitingInput.append(contentsOf: bytes[position...])
    case .calling, .closing, .lingering, .closed: break
    }
  }

  /// Records a partial request. Its time limit starts at its first byte, and again at the end of its head.
  private func noteProgress() {
    if parser.takeContinueRequest() { server.gatherContinue() }
    switch (state, parser.isReadingBody) {
    case (.receiving(.head), false), (.receiving(.body), true): break
    case (_, true): enter(.receiving(.body))
    case (_, false): if !parser.isIdle { enter(.receiving(.head)) }
    }
  }

  /// Passes a request to the responder. An immediate response needs no task. A task runs here until its first
  /// suspension, and most tasks complete before this method returns.
  private func start(_ parsed: consuming Request, isLast: Bool) {
    var request = consume parsed
    var framing = ResponseSerializer.Framing(answering: request)
    if standing == .refused || (server.isEnding && isLast) { framing.keepAlive = false }
    request.remoteAddress = remoteAddress
    state = .calling(framing)
    switch server.responder.begin(request) {
    case .now(let response):
      gather(response, framing)
    case .later(let answer):
      let task = run(answer)
      if case .calling = state {
        responding = task
        enter(.awaiting(framing, .open))
      }
    }
  }

  private func run(_ answer: @escaping @Sendable () async -> Response) -> Task<Void, Never> {
    let bound = LoopBound(self, to: server.loop)
    return Task.immediateDetached(executorPreference: server.loop) {
      let response = await answer()
      bound.value.finish(response)
    }
  }

  /// Accepts the responder's response. If the responder had suspended, the waiting input continues from here.
  private func finish(_ response: Response) {
    responding = nil
    switch state {
    case .calling(let framing):
      gather(response, framing)
    case .awaiting(let framing, let input):
      var framing = framing
      if waitingInput.isEmpty, server.isEnding || input == .ended { framing.keepAlive = false }
      gather(response, framing)
      resume()
      flushGathered()
      updateInterest()
    case .idle, .receiving, .closing, .lingering, .closed:
      break
    }
  }

  /// Processes the waiting input.
  func resume() {
    guard !waitingInput.isEmpty else { return }
    let input = waitingInput
    waitingInput = []
    input.withUnsafeBytes { process($0) }
  }

  private func gather(_ response: Response, _ framing: ResponseSerializer.Framing) {
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
    if reporting == .singly { server.responder.refused(with: response, requestID: requestID) }
    server.gather(response, ResponseSerializer.Framing(keepAlive: false))
    waitingInput = []
    enter(.closing(.lingering))
  }
}
