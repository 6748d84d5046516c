import EventLoop
import HTTP
import Routing

extension Connection {
  /// Parses bytes and starts what is complete, until a responder suspends, the connection is to end, or more answers
  /// have gathered than the client may have unsent; what is left then waits.
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
        answerAndClose(Problem(error))
        return
      }
    }
  }

  /// Whether another request may be started now.
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

  /// Part of a request has been taken in: its time runs from its first byte, and anew from the end of its head.
  private func noteProgress() {
    if parser.takeContinueRequest() { server.gatherContinue() }
    switch (state, parser.isReadingBody) {
    case (.receiving(.head), false), (.receiving(.body), true): break
    case (_, true): enter(.receiving(.body))
    case (_, false): if !parser.isIdle { enter(.receiving(.head)) }
    }
  }

  /// Gives a request to the responder. What is answered at once needs no task; a task runs here until it first suspends,
  /// and most are done before this returns.
  private func start(_ parsed: consuming Request, isLast: Bool) {
    var request = consume parsed
    var framing = ResponseSerializer.Framing(answering: request)
    if server.isDraining, isLast { framing.keepAlive = false }
    request.remoteAddress = remoteAddress
    state = .calling(framing)
    switch server.responder.begin(request) {
    case .now(let response):
      gather(response, framing)
    case .later(let answer):
      run(answer)
      if case .calling = state { enter(.awaiting(framing, .open)) }
    }
  }

  private func run(_ answer: @escaping @Sendable () async -> Response) {
    let bound = LoopBound(self, to: server.loop)
    Task.immediateDetached(executorPreference: server.loop) {
      let response = await answer()
      bound.value.finish(response)
    }
  }

  /// Takes the responder's answer. If it had suspended, what waited behind the request goes on from here.
  private func finish(_ response: Response) {
    switch state {
    case .calling(let framing):
      gather(response, framing)
    case .awaiting(let framing, let input):
      var framing = framing
      if waitingInput.isEmpty, server.isDraining || input == .ended { framing.keepAlive = false }
      gather(response, framing)
      resume()
      flushGathered()
      updateInterest()
    case .idle, .receiving, .closing, .lingering, .closed:
      break
    }
  }

  /// Processes what has waited.
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
      let asked: ConnectionState.Farewell = server.isDraining ? .lingering : .atOnce
      enter(.closing(waitingInput.isEmpty ? asked : .lingering))
    }
  }

  /// Answers what cannot be served and ends the connection, in such a way that the client can read why.
  func answerAndClose(_ problem: Problem) {
    var response = problem.response()
    response.requestID = server.requestIDs.next()
    server.gather(response, ResponseSerializer.Framing(keepAlive: false))
    waitingInput = []
    enter(.closing(.lingering))
  }
}
