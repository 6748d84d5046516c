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
  private let encryption: ServerEncryption?
  let shedder: LoadShedder
  /// How many requests each client has in progress.
  var shares: ClientShares<Connection>
  /// The handshakes that wait for a turn.
  var handshakes = HandshakeTurns<Connection>()
  /// What other threads may read of this loop.
  let gauges = LoopGauges()
  /// The bytes of responses that wait for clients.
  var unsentBytes = 0 {
    didSet { largestWaiting = max(largestWaiting, unsentBytes + incompleteBytes) }
  }
  /// The bytes of requests that have not arrived whole, or that wait behind another one.
  var incompleteBytes = 0 {
    didSet { largestWaiting = max(largestWaiting, unsentBytes + incompleteBytes) }
  }
  var lastPlace: UInt64 = 0
  let counters: ConnectionCounters
  let admission: Admission
  /// The most bytes that waited since memory was last returned.
  var largestWaiting = 0
  /// The beginnings of the requests that a refused connection gets an answer to.
  let reserved: [[UInt8]]
  /// The beginnings of the requests of which a few are not refused for lack of time.
  let unshed: [[UInt8]]
  /// Those in progress.
  var exempt = ExemptRequests()
  private let refusals503 = ServerLimit.pauseSeconds.map(RefusalResponse.init(retryAfterSeconds:))
  /// Connections that are not read after a refusal for lack of time.
  var pausedCount = 0 {
    didSet { gauges.paused.store(pausedCount, ordering: .relaxed) }
  }
  private var lastPause = 0
  private let secondsSinceEpoch: () -> Int64

  private(set) var connections: [Int32: Connection] = [:]
  var refused = RefusedConnections()
  var nextIdleSearch = Deadline(nanoseconds: 0)
  private(set) var output: [UInt8] = []
  private let serializer: ResponseSerializer
  private var phase = Phase.serving
  /// When the bodies that arrive while the server stops must be complete.
  private(set) var transfersEnd = Deadline.never

  private enum Phase {
    case serving
    /// The server still accepts connections, and every response announces the end of its connection.
    case announcing
    /// The server is stopping. The continuations wait for the end of the last connection.
    case draining([UnsafeContinuation<Void, Never>])
  }

  init(
    on loop: EventLoop, configuration: HTTPServerConfiguration, responder: any Responder,
    encryption: ServerEncryption?, admission: Admission, counters: ConnectionCounters,
    secondsSinceEpoch: @escaping () -> Int64
  ) {
    self.loop = loop
    self.configuration = configuration
    self.responder = responder
    self.encryption = encryption
    self.admission = admission
    self.counters = counters
    reserved = Self.beginnings(of: configuration.reservedTargets)
    unshed = Self.beginnings(of: configuration.reservedTargets + configuration.operatorTargets)
    shedder = LoadShedder(
      on: loop, maximumInFlight: configuration.maximumRequestsPerLoop,
      queueMilliseconds: configuration.queueMilliseconds)
    shares = ClientShares(
      queueNanoseconds: UInt64(configuration.queueMilliseconds) * 1_000_000,
      mostWaiting: max(1, configuration.maximumRequestsPerLoop / 2))
    self.secondsSinceEpoch = secondsSinceEpoch
    serializer = ResponseSerializer(secondsSinceEpoch: secondsSinceEpoch())
  }

  /// Whether the server ends its connections.
  var isDraining: Bool {
    switch phase {
    case .serving, .announcing: false
    case .draining: true
    }
  }

  /// Whether a response must announce the end of its connection.
  var isEnding: Bool {
    switch phase {
    case .serving: false
    case .announcing, .draining: true
    }
  }

  /// Whether the server stops for so long that no connection gets a request that has not arrived.
  var isOverdue: Bool { isDraining && transfersEnd.hasPassed }

  /// Updates the date, and schedules the next check of deadlines.
  func begin() {
    serializer.setDate(secondsSinceEpoch: secondsSinceEpoch())
    loop.schedule(afterMilliseconds: ServerLimit.sweepMilliseconds) { [weak self] in self?.sweep() }
  }

  private static func beginnings(of targets: [String]) -> [[UInt8]] {
    targets.map { Array("GET \($0) ".utf8) }
  }

  private func sweep() {
    gauges.inFlight.store(shedder.inFlight + shares.waitingCount, ordering: .relaxed)
    gauges.lagNanoseconds.store(shedder.lagNanoseconds, ordering: .relaxed)
    gauges.unsentBytes.store(unsentBytes, ordering: .relaxed)
    gauges.incompleteBytes.store(incompleteBytes, ordering: .relaxed)
    returnMemory()
    let now = Deadline(nanoseconds: MonotonicClock.nanoseconds())
    for connection in connections.values where connection.deadline <= now { connection.expire() }
    if isDraining { endStalled(at: now) }
    if isDraining, connections.isEmpty { return }
    begin()
  }
}

// MARK: - Connections

extension LoopServer {
  /// Serves an admitted connection.
  func accept(_ socket: Socket, from peer: Peer) {
    guard let connection = register(socket, from: peer, as: .admitted) else {
      return admission.leave(from: peer)
    }
    // The first request has often arrived by now. Reading at once saves one poll.
    connection.ready(.readable)
  }

  /// The moment at which a request that arrives now has waited too long to be started.
  func requestDeadline() -> Deadline {
    Deadline(
      millisecondsFromNow: configuration.responseTimeoutSeconds * 1_000,
      now: MonotonicClock.coarseNanoseconds())
  }

  /// The longest pause of a connection that is refused now.
  var pauseSeconds: Int {
    let seconds = pausedCount / ServerLimit.refusalsPerSecond + 1
    return min(max(seconds, ServerLimit.pauseSeconds.lowerBound), ServerLimit.pauseSeconds.upperBound)
  }

  /// How long the next refused connection is not read: the longer, the more there are, so that refusals take a bounded
  /// share of the loop. The pauses differ, so that the clients do not return together.
  func nextPauseMilliseconds() -> Int {
    lastPause = (lastPause + ServerLimit.pauseStepMilliseconds) % ServerLimit.pauseSpreadMilliseconds
    let shortest = 1_000 * pauseSeconds - ServerLimit.pauseSpreadMilliseconds
    return shortest + lastPause
  }

  func register(
    _ socket: Socket, from peer: Peer, as standing: Connection.Standing
  ) -> Connection? {
    do {
      let encryption = try encryption.map { try session(of: $0, for: standing) }
      let connection = Connection(socket, from: peer, as: standing, on: self, encryption: encryption)
      try loop.register(socket.descriptor, for: .readable, handler: connection)
      connections[socket.descriptor] = connection
      return connection
    } catch {
      socket.close()
      return nil
    }
  }

  private func session(
    of encryption: ServerEncryption, for standing: Connection.Standing
  ) throws -> ConnectionEncryption {
    let milliseconds =
      switch standing {
      case .admitted: configuration.handshakeTimeoutSeconds * 1_000
      case .refused: ServerLimit.refusalHandshakeMilliseconds
      }
    return try ConnectionEncryption(encryption, handshakeMilliseconds: milliseconds)
  }

  /// Removes a connection that has ended.
  func remove(_ connection: Connection) {
    connections[connection.socket.descriptor] = nil
    switch connection.standing {
    case .admitted: admission.leave(from: connection.peer)
    case .refused: refused.remove(connection)
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
    changeOutput { serializer.append(response, framing, to: &$0) }
  }

  /// Appends the refusal of a request for lack of time, and counts it.
  func gatherRefusal(isHead: Bool, closes: Bool) {
    gauges.shed.wrappingAdd(1, ordering: .relaxed)
    let refusal = refusals503[pauseSeconds - ServerLimit.pauseSeconds.lowerBound]
    changeOutput {
      refusal.append(
        to: &$0, requestID: requestIDs.next(), fields: serializer.dateLine, isHead: isHead, closes: closes)
    }
  }

  /// Appends the interim response that invites the client to send its body.
  func gatherContinue() {
    changeOutput { ResponseSerializer.appendContinue(to: &$0) }
  }

  /// Passes the gathered bytes to a writer and empties the buffer, which keeps its memory up to a limit.
  func takeGathered(_ body: (UnsafeRawBufferPointer) -> Void) {
    if output.isEmpty { return }
    changeOutput { gathered in
      gathered.withUnsafeBytes(body)
      gathered.removeAll(keepingCapacity: gathered.capacity <= ServerLimit.keptOutputBytes)
    }
  }

  /// Takes the buffer out while other code uses it. So no access to the property lasts longer than a swap, and none has to be
  /// checked at run time. What is gathered meanwhile would be lost, which is an error.
  @inline(__always)
  private func changeOutput(_ change: (inout [UInt8]) -> Void) {
    var taken: [UInt8] = []
    swap(&taken, &output)
    change(&taken)
    precondition(output.isEmpty, "responses were gathered while others were written")
    swap(&taken, &output)
  }
}

// MARK: - Stopping

extension LoopServer {
  /// Announces the end of the connection in every response from now on.
  func announceEnd() {
    switch phase {
    case .serving: phase = .announcing
    case .announcing, .draining: break
    }
  }

  /// Completes the requests in progress and ends every connection. After the given time it closes the remaining ones.
  func drain(milliseconds: Int, whenEmpty continuation: UnsafeContinuation<Void, Never>) {
    switch phase {
    case .serving, .announcing:
      phase = .draining([])
      transfersEnd = Deadline(millisecondsFromNow: ServerLimit.drainTransferSeconds * 1_000)
    case .draining: break
    }
    for connection in connections.values { connection.drain() }
    guard !connections.isEmpty, case .draining(let waiting) = phase else { return continuation.resume() }
    phase = .draining(waiting + [continuation])
    loop.schedule(afterMilliseconds: milliseconds) { [weak self] in self?.closeAll() }
  }

  private func closeAll() {
    for connection in connections.values { connection.close(isCut: true) }
  }
}
