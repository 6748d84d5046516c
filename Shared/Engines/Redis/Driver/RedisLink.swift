import Cache
import Clock
import EventLoop
import Secrets
import Transport

/// Maintains one connection to the server: it connects, greets, detects the loss, pauses and reconnects, until it is
/// closed.
///
/// It reads the password for each attempt; ``PasswordGate`` holds attempts back after a refusal.
///
/// Commands that arrive during the first attempt wait for its result, as long as for a reply. Later ones fail at once
/// while there is no connection: an unavailable cache must not delay requests.
///
/// A server closes links that are idle (`timeout`, a load balancer's limit), and is available all the same. So after the end
/// of an idle link the first attempt follows at once, commands wait for it, and only its failure is reported. Confined to
/// its loop.
final class RedisLink {
  private enum State {
    case connecting(attempt: Int, deadline: TimerID, because: CacheError)
    case greeting(RedisWire, deadline: TimerID, Secret)
    case ready(RedisWire, since: UInt64)
    case pausing(TimerID, because: CacheError)
    case closed
  }

  private let configuration: CacheConfiguration
  private let security: StreamSecurity
  private let options: RedisOptions
  private let gate: PasswordGate
  private let loop: EventLoop
  private let onStatus: (CacheStatus) -> Void
  private var state = State.closed
  private var attempts = 0
  private var backoff: Backoff
  /// The refusal of a replica, which ended the connection before. The next ones must reach a primary.
  private var replicaRefusal: CacheError?
  /// The callers that wait for the result of the first attempt; nil after it.
  private var undecided: [(CacheError?) -> Void]? = []
  /// The commands that wait for the first attempt, or for the one after an idle link; nil after it, and after the time of
  /// one command.
  private var early: [(CacheError?) -> Void]? = []
  private var earlyDeadline: TimerID?
  private var isReportedAvailable = false

  /// A link that ends sooner counts as lost, idle or not: a server that ends each at once must not be asked without pause.
  private static let steadyNanoseconds: UInt64 = 500_000_000

  init(
    _ configuration: CacheConfiguration, security: StreamSecurity, options: RedisOptions, gate: PasswordGate,
    on loop: EventLoop, onStatus: @escaping (CacheStatus) -> Void
  ) {
    self.configuration = configuration
    self.gate = gate
    self.security = security
    self.options = options
    self.loop = loop
    self.onStatus = onStatus
    backoff = Backoff(
      firstMilliseconds: max(1, options.timeouts.firstBackoffMilliseconds),
      maximumMilliseconds: max(1, options.timeouts.maximumBackoffMilliseconds))
  }

  /// Begins the first attempt.
  func start() { connect(because: .unreachable("not connected yet")) }

  /// Calls back with nil when the first attempt succeeds, and with its error when it fails; at once if it has ended.
  func whenDecided(_ body: @escaping (CacheError?) -> Void) {
    guard undecided != nil else { return body(reasonForAbsence) }
    undecided?.append(body)
  }

  /// Runs the commands next to each other, and calls each one's completion exactly once.
  func send(_ commands: [[[UInt8]]], completion: @escaping (Int, Result<RESPValue, CacheError>) -> Void) {
    if case .ready(let wire, _) = state {
      for (index, command) in commands.enumerated() {
        wire.send(command) { completion(index, $0) }
      }
    } else if let error = cannotWait() {
      for index in commands.indices { completion(index, .failure(error)) }
    } else {
      waitForFirstAttempt { error in
        if let error {
          for index in commands.indices { completion(index, .failure(error)) }
        } else {
          self.send(commands, completion: completion)
        }
      }
    }
  }

  private func waitForFirstAttempt(_ body: @escaping (CacheError?) -> Void) {
    if early?.isEmpty == true {
      earlyDeadline = loop.schedule(afterMilliseconds: options.timeouts.commandMilliseconds) { [weak self] in
        self?.releaseEarly(.unreachable("not connected yet"))
      }
    }
    early?.append(body)
  }

  private func releaseEarly(_ error: CacheError?) {
    let waiting = early ?? []
    early = nil
    if let earlyDeadline { loop.cancel(earlyDeadline) }
    earlyDeadline = nil
    for body in waiting { body(error) }
  }

  /// Ends everything; the callers that still wait receive `closed`.
  func close() {
    let ended = state
    state = .closed
    switch ended {
    case .connecting(_, let timer, _), .pausing(let timer, _): loop.cancel(timer)
    case .greeting(let wire, let timer, let password):
      loop.cancel(timer)
      gate.settle(password, with: .unchecked)
      wire.close(.closed)
    case .ready(let wire, _): wire.close(.closed)
    case .closed: break
    }
    decide(.closed)
  }

  private func cannotWait() -> CacheError? {
    guard let early else { return reasonForAbsence ?? .closed }
    return early.count < options.limits.commandsInFlight ? nil : .queueFull
  }

  private var reasonForAbsence: CacheError? {
    switch state {
    case .ready: nil
    case .connecting(_, _, let because), .pausing(_, let because): because
    case .greeting: .unreachable("not connected yet")
    case .closed: .closed
    }
  }

  private func decide(_ error: CacheError?) {
    let waiting = undecided ?? []
    undecided = nil
    for body in waiting { body(error) }
    releaseEarly(error)
  }
}

// MARK: - Connecting

extension RedisLink {
  private func connect(because: CacheError) {
    attempts += 1
    let attempt = attempts
    let deadline = loop.schedule(afterMilliseconds: options.timeouts.connectMilliseconds) { [weak self] in
      self?.fail(.unreachable("no connection in time"))
    }
    state = .connecting(attempt: attempt, deadline: deadline, because: because)
    guard let port = UInt16(exactly: configuration.endpoint.port) else { return fail(.unreachable("port")) }
    let address = SocketAddress(host: configuration.endpoint.host, port: port)
    let (loop, gate, account) = (loop, gate, configuration.user)
    let milliseconds = options.timeouts.connectMilliseconds
    let link = LoopBound(self, to: loop)
    loop.run {
      let outcome: Result<Prepared, CacheError>
      do throws(CacheError) {
        outcome = .success(
          try await Self.prepare(address, as: account, gate, on: loop, timeoutMilliseconds: milliseconds))
      } catch {
        outcome = .failure(error)
      }
      loop.perform { link.value.concludeAttempt(attempt, outcome) }
    }
  }

  /// What an attempt needs before it greets the server.
  private struct Prepared: Sendable {
    let socket: Socket
    let password: Secret
  }

  /// Reads password files apart from other blocking work, which must not delay a connection.
  private static let reading = OffloadQueue(concurrency: 1, queueLimit: 1_024)

  /// Reads the password, then connects the socket. Without a password that may be sent, it connects nothing.
  private static func prepare(
    _ address: SocketAddress, as account: String, _ gate: PasswordGate, on loop: EventLoop,
    timeoutMilliseconds: Int
  ) async throws(CacheError) -> Prepared {
    // A full queue counts as no password: the next attempt follows soon.
    guard let password = try? await reading.run({ gate.password() }) else {
      throw .authenticationFailed(account: account)
    }
    do throws(SocketError) {
      let socket = try await Socket.connected(
        to: address, on: loop, timeoutMilliseconds: timeoutMilliseconds)
      return Prepared(socket: socket, password: password)
    } catch {
      gate.settle(password, with: .unchecked)
      throw .unreachable("\(error)")
    }
  }

  private func concludeAttempt(_ attempt: Int, _ outcome: Result<Prepared, CacheError>) {
    guard case .connecting(attempt, let deadline, _) = state else {
      // The deadline has passed or the link was closed meanwhile: drop this socket.
      if case .success(let prepared) = outcome {
        gate.settle(prepared.password, with: .unchecked)
        prepared.socket.close()
      }
      return
    }
    switch outcome {
    case .failure(let error): fail(error)
    case .success(let prepared):
      do throws(CacheError) {
        let wire = try RedisWire(
          prepared.socket, security: security, on: loop, account: configuration.user, limits: options.limits,
          timeouts: options.timeouts)
        try wire.start()
        greet(wire, deadline, prepared.password)
      } catch {
        gate.settle(prepared.password, with: .unchecked)
        fail(error)
      }
    }
  }

  /// Sends `AUTH` and the connection's name in one write; on an encrypted connection they wait for the handshake. It
  /// sends no `SELECT` and no `CLIENT SETINFO`, because our accounts may not run them.
  private func greet(_ wire: RedisWire, _ deadline: TimerID, _ password: Secret) {
    wire.onLost = { [weak self, unowned wire] in self?.lost(wire, $0) }
    state = .greeting(wire, deadline: deadline, password)
    let name = RedisHandshake.name(options.connectionName)
    let user = configuration.user
    guard let authentication = RedisHandshake.authentication(user: user, password: password) else {
      wire.send(name) { [weak self] result in
        switch result {
        case .failure(let error) where error.refusesConnection: self?.fail(error.duringGreeting)
        // Accept a refusal of the name: the account's later commands show its rights.
        case .success, .failure(.permissionDenied), .failure(.refused): self?.checkRole(of: wire)
        case .failure(let error): self?.fail(error)
        }
      }
      return
    }
    wire.send(authentication) { [weak self] result in
      switch result {
      case .success: self?.checkRole(of: wire)
      case .failure(let error): self?.refused(error, wire, deadline, password)
      }
    }
    // The name serves the operator alone: an account that may not set one can still work.
    wire.send(name) { _ in }
  }

  /// While the password rotates, the next attempt follows at once, with the other one.
  private func refused(_ error: CacheError, _ wire: RedisWire, _ deadline: TimerID, _ password: Secret) {
    guard case .greeting = state, error.meansRefusedPassword else { return fail(error.duringGreeting) }
    gate.settle(password, with: .refused)
    guard gate.alternative(to: password) != nil else { return fail(error) }
    loop.cancel(deadline)
    wire.onLost = nil
    wire.close(error)
    connect(because: error)
  }

  /// After a replica's refusal, accepts only a server that is no replica: otherwise the status would change at every
  /// attempt until the promotion. Accepts a server that does not report its role.
  private func checkRole(of wire: RedisWire) {
    guard let refusal = replicaRefusal else { return welcome() }
    wire.send(RedisHandshake.role) { [weak self] result in
      switch result {
      case .success(let reply) where RedisHandshake.isReplica(reply): self?.fail(refusal)
      case .success, .failure(.permissionDenied), .failure(.refused): self?.welcome()
      case .failure(let error): self?.fail(error)
      }
    }
  }

  private func welcome() {
    guard case .greeting(let wire, let deadline, let password) = state else { return }
    loop.cancel(deadline)
    gate.settle(password, with: .accepted)
    wire.greeted()
    state = .ready(wire, since: MonotonicClock.nanoseconds())
    replicaRefusal = nil
    backoff.reset()
    if !isReportedAvailable { onStatus(.available) }
    isReportedAvailable = true
    decide(nil)
  }

  /// Connects anew at once where the link was idle, and else after a pause.
  private func lost(_ wire: RedisWire, _ error: CacheError) {
    guard case .ready(_, let start) = state, wire.wasIdleWhenLost,
      MonotonicClock.nanoseconds() - start >= Self.steadyNanoseconds
    else { return fail(error) }
    early = []
    connect(because: error)
  }

  /// Abandons the current attempt or connection, and pauses before the next one.
  private func fail(_ error: CacheError) {
    switch state {
    case .closed, .pausing: return
    case .connecting(_, let deadline, _): loop.cancel(deadline)
    case .greeting(let wire, let deadline, let password):
      loop.cancel(deadline)
      gate.settle(password, with: error.meansRefusedPassword ? .refused : .unchecked)
      wire.onLost = nil
      wire.close(error)
    case .ready: break
    }
    if case .refused(let code, _) = error, CacheRefusal(code: code) == .replica { replicaRefusal = error }
    let pause = backoff.nextPauseMilliseconds()
    let timer = loop.schedule(afterMilliseconds: pause) { [weak self] in self?.connect(because: error) }
    state = .pausing(timer, because: error)
    isReportedAvailable = false
    onStatus(.unavailable(reason: error.description))
    decide(error)
  }
}

extension CacheError {
  fileprivate var meansRefusedPassword: Bool {
    if case .authenticationFailed = self { true } else { false }
  }
}
