import Clock
import EventLoop
import HTTP
import Routing
import Transport

/// One loop's part of a server: its connections, its responder and its output buffer for responses. Only the loop's
/// thread accesses it and what the responder owns.
final class LoopServer {
  let loop: EventLoop
  let configuration: HTTPServerConfiguration
  let responder: any Responder
  let requestIDs = RequestIDGenerator()
  private let admission: Admission
  private let secondsSinceEpoch: () -> Int64

  private var connections: [Int32: Connection] = [:]
  private var refusals = 0
  private(set) var output: [UInt8] = []
  private var serializer: ResponseSerializer
  private var phase = Phase.serving

  private enum Phase {
    case serving
    /// The server is stopping. The continuations wait for the end of the last connection.
    case draining([UnsafeContinuation<Void, Never>])
  }

  init(
    on loop: EventLoop, configuration: HTTPServerConfiguration, responder: any Responder,
    admission: Admission,
    secondsSinceEpoch: @escaping () -> Int64
  ) {
    self.loop = loop
    self.configuration = configuration
    self.responder = responder
    self.admission = admission
    self.secondsSinceEpoch = secondsSinceEpoch
    serializer = ResponseSerializer(secondsSinceEpoch: secondsSinceEpoch())
  }

  var isDraining: Bool {
    switch phase {
    case .serving: false
    case .draining: true
    }
  }

  /// Updates the date, and schedules the next check of deadlines.
  func begin() {
    serializer.setDate(secondsSinceEpoch: secondsSinceEpoch())
    loop.schedule(afterMilliseconds: ServerLimit.sweepMilliseconds) { [weak self] in self?.sweep() }
  }

  private func sweep() {
    let now = Deadline(nanoseconds: MonotonicClock.nanoseconds())
    for connection in connections.values where connection.deadline <= now { connection.expire() }
    if isDraining, connections.isEmpty { return }
    begin()
  }
}

// MARK: - Connections

extension LoopServer {
  /// Serves an admitted connection.
  func accept(_ socket: Socket) {
    guard let connection = register(socket, as: .admitted) else { return admission.leave() }
    // The first request has often arrived by now. Reading at once saves one poll.
    connection.ready(.readable)
  }

  /// Responds 503 to a connection beyond the limit, and closes it.
  func refuse(_ socket: Socket) {
    guard refusals < ServerLimit.refusalsPerLoop else { return socket.close() }
    guard let connection = register(socket, as: .refused) else { return }
    refusals += 1
    connection.respondAndClose(.unavailable("Too many connections.", retryAfterSeconds: 1))
    connection.flushGathered()
    connection.updateInterest()
  }

  private func register(_ socket: Socket, as standing: Connection.Standing) -> Connection? {
    let connection = Connection(socket, as: standing, on: self)
    do throws(LoopError) {
      try loop.register(socket.descriptor, for: .readable, handler: connection)
    } catch {
      socket.close()
      return nil
    }
    connections[socket.descriptor] = connection
    return connection
  }

  /// Removes a connection that has ended.
  func remove(_ connection: Connection) {
    connections[connection.socket.descriptor] = nil
    switch connection.standing {
    case .admitted: admission.leave()
    case .refused: refusals -= 1
    }
    guard connections.isEmpty, case .draining(let waiting) = phase else { return }
    phase = .draining([])
    for continuation in waiting { continuation.resume() }
  }
}

// MARK: - Responses

extension LoopServer {
  /// Appends a response to those that wait for the next write.
  func gather(_ response: Response, _ framing: ResponseSerializer.Framing) {
    serializer.append(response, framing, to: &output)
  }

  /// Appends the interim response that invites the client to send its body.
  func gatherContinue() {
    ResponseSerializer.appendContinue(to: &output)
  }

  /// Passes the gathered bytes to a writer and empties the buffer, which keeps its memory up to a limit.
  func takeGathered(_ body: (UnsafeRawBufferPointer) -> Void) {
    if output.isEmpty { return }
    output.withUnsafeBytes(body)
    output.removeAll(keepingCapacity: output.capacity <= ServerLimit.keptOutputBytes)
  }
}

// MARK: - Stopping

extension LoopServer {
  /// Completes the requests in progress and ends every connection. After the given time it closes the remaining ones.
  func drain(milliseconds: Int, whenEmpty continuation: UnsafeContinuation<Void, Never>) {
    switch phase {
    case .serving: phase = .draining([])
    case .draining: break
    }
    for connection in connections.values { connection.drain() }
    guard !connections.isEmpty, case .draining(let waiting) = phase else { return continuation.resume() }
    phase = .draining(waiting + [continuation])
    loop.schedule(afterMilliseconds: milliseconds) { [weak self] in self?.closeAll() }
  }

  private func closeAll() {
    for connection in connections.values { connection.close() }
  }
}
