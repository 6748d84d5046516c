import Cache
import Clock
import Cryptography
import EventLoop
import Transport

/// One connection to the server, from the connected socket to its end: many commands in flight, replies in order.
///
/// Commands of one batch of loop events leave in one write. Confined to its loop. After the end of the connection, every
/// caller has received exactly one result, and `onLost` has been called at most once.
final class RedisWire: ReadinessHandler {
  private enum State {
    case open
    case closed(CacheError)
  }

  private enum Output {
    case idle
    /// A flush runs at the end of the batch.
    case scheduled
    /// The kernel takes no more bytes at present.
    case blocked
    /// Commands wait for the end of the TLS handshake.
    case handshaking
  }

  /// The most reads in one event, so that other connections of the loop have their turn.
  private static let readsPerEvent = 16

  private let stream: SocketStream
  private let loop: EventLoop
  private let account: String
  private let limits: RedisLimits
  private let reader: ReplyReader
  private var queue: PipelineQueue
  private var outgoing: [UInt8] = []
  private var output = Output.idle
  private var state = State.open
  private var nextCheck: (timer: TimerID, atMilliseconds: Int64)?

  /// Called once when the connection ends, unless ``close(_:)`` ended it.
  var onLost: ((CacheError) -> Void)?
  /// Whether the connection was lost while no command waited for a reply.
  private(set) var wasIdleWhenLost = false

  private let commandMilliseconds: Int

  /// Takes over a connected socket, and closes it in every case, also when this fails.
  init(
    _ socket: Socket, security: StreamSecurity, on loop: EventLoop, account: String, limits: RedisLimits,
    timeouts: RedisTimeouts
  ) throws(CacheError) {
    self.loop = loop
    self.account = account
    self.limits = limits
    commandMilliseconds = timeouts.commandMilliseconds
    queue = PipelineQueue(limits: limits, timeouts: timeouts)
    queue.commandMilliseconds = Int64(timeouts.connectMilliseconds)
    do throws(CacheError) {
      reader = try ReplyReader(limits: limits)
      stream = try Self.stream(over: socket, security)
    } catch {
      socket.close()
      throw error
    }
  }

  private static func stream(over socket: Socket, _ security: StreamSecurity) throws(CacheError)
    -> SocketStream
  {
    do throws(TLSError) {
      return try security.stream(over: socket)
    } catch {
      throw CacheError(error)
    }
  }

  /// Starts to wait for replies, and sends the first step of the handshake where there is one.
  func start() throws(CacheError) {
    do {
      try loop.register(stream.socket.descriptor, for: .readable, handler: self)
    } catch {
      stream.socket.close()
      state = .closed(.unreachable("\(error)"))
      throw .unreachable("\(error)")
    }
    if stream.hasUnsentBytes { flush() }
  }

  /// Ends the greeting, which has the time limit of the whole attempt. From here on commands have their own.
  func greeted() {
    queue.commandMilliseconds = Int64(commandMilliseconds)
    cancelCheck()
    scheduleCheck()
  }

  /// Queues a command, which leaves with all others of this batch.
  func send(_ arguments: [[UInt8]], completion: @escaping PipelineQueue.Completion) {
    if case .closed(let error) = state { return completion(.failure(error)) }
    guard !queue.isFull else { return completion(.failure(.queueFull)) }
    // A server that is stopped or paused costs one wait and not one for each command. The late reply ends this.
    guard !queue.isOverdue else { return completion(.failure(.deadlineExceeded)) }
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

  /// Ends the connection and reports the error to the callers that still wait.
  func close(_ error: CacheError) {
    guard case .open = state else { return }
    state = .closed(error)
    cancelCheck()
    stream.finish()
    let socket = stream.socket
    loop.deregister(socket.descriptor) { socket.close() }
    for completion in queue.takeAll() { completion(.failure(error)) }
  }

  private func lose(_ error: CacheError) {
    guard case .open = state else { return }
    let onLost = onLost
    if case .connectionLost = error { wasIdleWhenLost = queue.isEmpty }
    close(error)
    onLost?(error)
  }

  private var now: Int64 { Int64(MonotonicClock.nanoseconds() / 1_000_000) }
}

// MARK: - Writing

extension RedisWire {
  private func flush() {
    guard case .open = state else { return }
    do throws(StreamError) {
      output = try writeOutgoing()
    } catch {
      return lose(CacheError(error))
    }
    let descriptor = stream.socket.descriptor
    switch output {
    case .blocked: loop.update(descriptor, for: [.readable, .writable])
    case .idle, .scheduled, .handshaking: loop.update(descriptor, for: .readable)
    }
  }

  private func writeOutgoing() throws(StreamError) -> Output {
    let progress = try outgoing.withUnsafeBufferPointer { (bytes) throws(StreamError) in
      try stream.write(UnsafeRawBufferPointer(bytes))
    }
    outgoing.removeFirst(progress.bytes)
    return switch progress.state {
    case .done: .idle
    case .blocked: .blocked
    case .handshaking: .handshaking
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
      do throws(StreamError) {
        switch try stream.read(into: loop.scratch) {
        case .bytes(let count): take(UnsafeRawBufferPointer(rebasing: loop.scratch[..<count]))
        case .wouldBlock: return answerHandshake()
        case .ended: return lose(.connectionLost("the server closed it"))
        }
      } catch {
        return lose(CacheError(error))
      }
      answerHandshake()
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    do throws(CacheError) {
      try reader.feed(bytes)
      // A caller may close the connection when it receives its reply.
      while case .open = state, let reply = try reader.next() { try deliver(reply) }
    } catch {
      lose(error)
    }
  }

  /// Sends the next step of the handshake, and after its last the commands that waited for it.
  private func answerHandshake() {
    switch output {
    case .blocked: return
    case .handshaking: flush()
    case .idle, .scheduled: if stream.hasUnsentBytes { flush() }
    }
  }

  private func deliver(_ reply: RESPValue) throws(CacheError) {
    guard let (arguments, completion) = queue.takeFirst() else {
      throw .protocolViolation("a reply without a command")
    }
    if case .error(let text) = reply {
      let error = CacheError(reply: text, to: arguments, account: account)
      completion?(.failure(error))
      if error.endsConnection { throw error }
    } else {
      completion?(.success(reply))
    }
  }
}

// MARK: - Deadlines

extension RedisWire {
  /// One timer serves all commands: they have the same time limit, so the oldest expires first. A timer that waits for a
  /// stall is too late for a command that came after it.
  private func scheduleCheck() {
    guard let next = queue.nextCheckMilliseconds else { return }
    if let nextCheck {
      guard next < nextCheck.atMilliseconds else { return }
      loop.cancel(nextCheck.timer)
    }
    let timer = loop.schedule(afterMilliseconds: Int(max(1, next - now))) { [weak self] in self?.check() }
    nextCheck = (timer, next)
  }

  private func cancelCheck() {
    if let nextCheck { loop.cancel(nextCheck.timer) }
    nextCheck = nil
  }

  private func check() {
    nextCheck = nil
    guard case .open = state else { return }
    let now = now
    for completion in queue.takeExpired(now: now) { completion(.failure(.deadlineExceeded)) }
    if queue.isStalled(now: now) { return lose(.connectionLost("the server has stopped answering")) }
    scheduleCheck()
  }
}
