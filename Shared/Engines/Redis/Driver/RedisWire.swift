import Cache
import Clock
import EventLoop
import Transport

/// One connection to the server, from the connected socket to its end: many commands in flight, replies in order.
///
/// Commands of one batch of loop events leave in one write. Confined to its loop. After the connection has ended, for
/// whatever reason, every caller has been told exactly once, and `onLost` has been called once.
final class RedisWire: ReadinessHandler {
  private enum State {
    case open
    case closed(CacheError)
  }

  private enum Output {
    case idle
    /// A flush is queued for the end of the batch.
    case scheduled
    /// The kernel takes no more for now.
    case blocked
    /// Commands wait for the end of the TLS handshake.
    case handshaking
  }

  /// Reads in one go before other connections of the loop have their turn.
  private static let readsPerEvent = 16

  private let socket: Socket
  private let loop: EventLoop
  private let account: String
  private let limits: RedisLimits
  private let reader: ReplyReader
  /// Nil on a connection in the clear.
  private let encryption: RedisEncryption?
  private var queue: PipelineQueue
  private var outgoing: [UInt8] = []
  private var output = Output.idle
  private var state = State.open
  private var checkTimer: TimerID?

  /// Called once, when the connection has ended other than by ``close(_:)``.
  var onLost: ((CacheError) -> Void)?

  private let commandMilliseconds: Int

  /// Takes over a connected socket; it is closed in every case, also when this fails.
  init(
    _ socket: Socket, security: RedisSecurity?, on loop: EventLoop, account: String, limits: RedisLimits,
    timeouts: RedisTimeouts
  ) throws(CacheError) {
    self.socket = socket
    self.loop = loop
    self.account = account
    self.limits = limits
    commandMilliseconds = timeouts.commandMilliseconds
    queue = PipelineQueue(limits: limits, timeouts: timeouts)
    queue.commandMilliseconds = Int64(timeouts.connectMilliseconds)
    do {
      reader = try ReplyReader(limits: limits)
      encryption = try security?.makeEncryption()
    } catch {
      socket.close()
      throw error
    }
  }

  /// Begins to listen for replies, and the handshake where there is one.
  func start() throws(CacheError) {
    do {
      try loop.register(socket.descriptor, for: .readable, handler: self)
    } catch {
      socket.close()
      state = .closed(.unreachable("\(error)"))
      throw .unreachable("\(error)")
    }
    guard let encryption else { return }
    output = .handshaking
    do throws(CacheError) {
      try encryption.start()
    } catch {
      close(error)
      throw error
    }
    flush()
  }

  /// The greeting, which has the time of the whole attempt, is over: from here on commands have their own deadline.
  func greeted() {
    queue.commandMilliseconds = Int64(commandMilliseconds)
    if let checkTimer { loop.cancel(checkTimer) }
    checkTimer = nil
    scheduleCheck()
  }

  /// Queues a command; it leaves with all others of this batch.
  func send(_ arguments: [[UInt8]], completion: @escaping PipelineQueue.Completion) {
    if case .closed(let error) = state { return completion(.failure(error)) }
    guard !queue.isFull else { return completion(.failure(.queueFull)) }
    do {
      try CommandEncoder.append(arguments, to: &outgoing, limits: limits)
    } catch {
      return completion(.failure(error))
    }
    queue.append(arguments, now: now, completion: completion)
    scheduleCheck()
    guard case .idle = output else { return }
    output = .scheduled
    loop.atEndOfBatch { self.flush() }
  }

  /// Ends the connection; whoever still waits is told the error.
  func close(_ error: CacheError) {
    guard case .open = state else { return }
    state = .closed(error)
    if let checkTimer { loop.cancel(checkTimer) }
    checkTimer = nil
    encryption?.finish(on: socket)
    let socket = socket
    loop.deregister(socket.descriptor) { socket.close() }
    for completion in queue.takeAll() { completion(.failure(error)) }
  }

  private func lose(_ error: CacheError) {
    guard case .open = state else { return }
    let onLost = onLost
    close(error)
    onLost?(error)
  }

  private var now: Int64 { Int64(MonotonicClock.nanoseconds() / 1_000_000) }
}

// MARK: - Writing

extension RedisWire {
  private func flush() {
    guard case .open = state else { return }
    do throws(CacheError) {
      if let encryption { output = try writeEncrypted(encryption) } else { output = try writePlain() }
    } catch {
      return lose(error)
    }
    switch output {
    case .blocked: loop.update(socket.descriptor, for: [.readable, .writable])
    case .idle, .scheduled, .handshaking: loop.update(socket.descriptor, for: .readable)
    }
  }

  private func writePlain() throws(CacheError) -> Output {
    var written = 0
    do throws(SocketError) {
      writing: while written < outgoing.count {
        switch try write(from: written) {
        case .bytes(let count): written += count
        case .wouldBlock: break writing
        }
      }
    } catch {
      throw .connectionLost("\(error)")
    }
    outgoing.removeFirst(written)
    return outgoing.isEmpty ? .idle : .blocked
  }

  private func writeEncrypted(_ encryption: RedisEncryption) throws(CacheError) -> Output {
    switch try encryption.write(&outgoing, to: socket) {
    case .written: .idle
    case .blocked: .blocked
    case .handshaking: .handshaking
    }
  }

  private func write(from start: Int) throws(SocketError) -> Socket.WriteOutcome {
    try outgoing.withUnsafeBufferPointer { (bytes) throws(SocketError) in
      try socket.write(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[start...])))
    }
  }
}

// MARK: - Reading

extension RedisWire {
  func ready(_ readiness: Readiness) {
    if readiness.contains(.readable) { readAvailable() }
    if readiness.contains(.writable) { flush() }
    if readiness.contains(.hungUp) { lose(.connectionLost("the server hung up")) }
  }

  private func readAvailable() {
    for _ in 0..<Self.readsPerEvent {
      guard case .open = state else { return }
      do throws(SocketError) {
        switch try socket.read(into: loop.scratch) {
        case .bytes(let count): take(UnsafeRawBufferPointer(rebasing: loop.scratch[..<count]))
        case .wouldBlock: return
        case .ended: return lose(.connectionLost("the server closed it"))
        }
      } catch {
        return lose(.connectionLost("\(error)"))
      }
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    do throws(CacheError) {
      if let encryption {
        try encryption.open(bytes) { (plaintext) throws(CacheError) in try reader.feed(plaintext) }
      } else {
        try reader.feed(bytes)
      }
      // A caller may close the connection while it is being told its reply.
      while case .open = state, let reply = try reader.next() { try deliver(reply) }
    } catch {
      return lose(error)
    }
    if let encryption { goOn(encryption) }
  }

  /// Takes the next step of the handshake, and sends what has waited for its last.
  private func goOn(_ encryption: RedisEncryption) {
    if encryption.isEndedByServer { return lose(.connectionLost("the server closed it")) }
    if case .blocked = output { return }
    if case .handshaking = output { return flush() }
    if encryption.hasAnswers { flush() }
  }

  private func deliver(_ reply: RESPValue) throws(CacheError) {
    guard let (arguments, completion) = queue.takeFirst() else {
      throw .protocolViolation("a reply that nobody asked for")
    }
    if case .error(let text) = reply {
      completion?(.failure(CacheError(reply: text, to: arguments, account: account)))
    } else {
      completion?(.success(reply))
    }
  }
}

// MARK: - Deadlines

extension RedisWire {
  /// One timer for all commands: they all wait equally long, so the oldest is always the next to expire.
  private func scheduleCheck() {
    guard checkTimer == nil, let next = queue.nextCheckMilliseconds else { return }
    checkTimer = loop.schedule(afterMilliseconds: Int(max(1, next - now))) { [weak self] in self?.check() }
  }

  private func check() {
    checkTimer = nil
    guard case .open = state else { return }
    let now = now
    for completion in queue.takeExpired(now: now) { completion(.failure(.deadlineExceeded)) }
    if queue.isStalled(now: now) { return lose(.connectionLost("the server has stopped answering")) }
    scheduleCheck()
  }
}
