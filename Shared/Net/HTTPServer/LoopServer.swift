import Clock
import EventLoop
import HTTP
import Routing
import Transport

/// One loop's part of a server: its connections, its responder and the buffer in which answers gather. Confined to
/// the loop, like everything the responder owns.
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
    /// Stopping; the callers wait until the last connection has ended.
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

  /// Looks after deadlines and the date from now on.
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
  /// Serves a connection the listener has admitted.
  func accept(_ socket: Socket) {
    guard let connection = register(socket, as: .admitted) else { return admission.leave() }
    // The first request has often arrived by now: reading at once saves a turn of the loop.
    connection.ready(.readable)
  }

  /// Answers a connection beyond the limit with 503 and ends it.
  func refuse(_ socket: Socket) {
    guard refusals < ServerLimit.refusalsPerLoop else { return socket.close() }
    guard let connection = register(socket, as: .refused) else { return }
    refusals += 1
    connection.answerAndClose(.unavailable("Too many connections.", retryAfterSeconds: 1))
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

  /// Forgets a connection that has ended.
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

// MARK: - Answers

extension LoopServer {
  /// Appends an answer to those that wait for the next write.
  func gather(_ response: Response, _ framing: ResponseSerializer.Framing) {
    serializer.append(response, framing, to: &output)
  }

  /// Tells the client to go on with its body.
  func gatherContinue() {
    ResponseSerializer.appendContinue(to: &output)
  }

  /// Gives the gathered bytes to a writer and empties the buffer, which keeps its memory.
  func takeGathered(_ body: (UnsafeRawBufferPointer) -> Void) {
    if output.isEmpty { return }
    output.withUnsafeBytes(body)
    output.removeAll(keepingCapacity: output.capacity <= ServerLimit.keptOutputBytes)
  }
}

// MARK: - Stopping

extension LoopServer {
  /// Finishes what is in flight and ends every connection; after the time allowed, the rest is cut off.
  func drain(milliseconds: Int, whenEmpty continuation: UnsafeContinuation<Void, Never>) {
    switch phase {
    case .serving: phase = .draining([])
    case .draining: break
    }
    for connection in connections.values { connection.drain() }
    guard !connections.isEmpty, case .draining(let waiting) = phase else { return continuation.resume() }
    phase = .draining(waiting + [continuation])
    loop.schedule(afterMilliseconds: milliseconds) { [weak self] in self?.cut() }
  }

  private func cut() {
    for connection in connections.values { connection.close() }
  }
}
