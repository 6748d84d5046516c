import CMariaDB
import Clock
import DataAccess
import EventLoop
import Logging
import Secrets
import Transport

/// One session with a MariaDB server. It executes one statement after the other; those that arrive meanwhile wait.
final class MariaDBConnection: DatabaseConnection {
  /// A statement with the receiver of its outcome.
  final class Job {
    let query: Query
    let completion: Completion
    /// Whether the statement must not go on. The request to the server has no effect between two of its messages.
    var isCancelled = false

    init(_ query: Query, completion: @escaping Completion) {
      self.query = query
      self.completion = completion
    }
  }

  let dialect: Dialect
  /// Until when the relations in the dialect count as those that the account has now.
  private let relationsAreFresh = Deadline(millisecondsFromNow: relationsFreshMilliseconds)
  /// An account that is refused all the time opens another connection this often at most.
  private static let relationsFreshMilliseconds = 1_000
  var onLost: ((DatabaseError) -> Void)?
  var onExpired: (() -> Void)?

  let wire: Wire
  private let cancellation: Cancellation
  private let cancelling: OffloadQueue
  private let logger: Logger
  var cache = StatementCache()
  /// Why the connection ends once it is free; nil while it stays.
  var retirement: String?
  /// Its place among the driver's connections.
  var membership: ConnectionGroup.Membership?
  private(set) var current: Job?
  private var waiting = FIFO<Job>()
  private var cancellationsUnderWay = 0
  private var isInTransaction = false
  /// Whether that transaction was begun as one that only reads.
  private var isReading = false
  /// Whether the server is a node of a cluster, in which a read waits for what the cluster has committed.
  private let isNode: Bool
  /// Until when no wait for a lock of the current statement can be over: the shortest one lasts a second.
  private var precedesLockTimeout = Deadline.never
  private static let shorterThanLockTimeoutMilliseconds = 900
  /// The error with which the server has undone the open transaction. Without this guard, its next statement would take
  /// effect on its own.
  private var undoing: ServerFault?

  private init(
    _ wire: Wire, _ cancellation: Cancellation, cancelling: OffloadQueue,
    of established: EstablishedConnection, _ logger: Logger
  ) {
    var dialect = established.answer.family.dialect.unshared()
    dialect.insertedValues = established.answer.insertedValues
    if !established.relations.isEmpty { dialect.relations = established.relations }
    self.dialect = dialect
    isNode = established.answer.isNode
    self.wire = wire
    self.cancellation = cancellation
    self.cancelling = cancelling
    self.logger = logger
    wire.onEnd = { [weak self] in self?.lose("the server closed the connection") }
  }

  /// Moves an established connection onto its loop; call it on the loop's thread.
  static func adopt(
    _ established: EstablishedConnection, configuration: DatabaseConfiguration, cancelling: OffloadQueue,
    logger: Logger, on loop: EventLoop
  ) -> Result<LoopBound<any DatabaseConnection>, DatabaseError> {
    guard let handle = established.take() else {
      return .failure(
        DatabaseError(
          .connectionRefused, operation: DatabaseError.connecting, detail: "the connection was already taken")
      )
    }
    let cancellation = Cancellation(
      configuration: configuration, password: established.password, server: established.server,
      session: mysql_thread_id(handle.pointer))
    do {
      let wire = try Wire(handle, on: loop)
      let connection = MariaDBConnection(
        wire, cancellation, cancelling: cancelling, of: established, logger)
      return .success(LoopBound<any DatabaseConnection>(connection, to: loop))
    } catch {
      return .failure(
        DatabaseError(.connectionRefused, operation: DatabaseError.connecting, detail: error.description))
    }
  }

  var isOpen: Bool { wire.isOpen }
  var sessionNumber: Int64? { Int64(cancellation.session) }
  var account: String { cancellation.configuration.user }

  func execute(_ query: Query, completion: @escaping Completion) {
    submit(Job(query, completion: completion))
  }

  func close() {
    onLost = nil
    onExpired = nil
    end(DatabaseError(.connectionLost, detail: "the connection was closed"))
  }

  // MARK: - One statement after the other

  private func submit(_ job: Job) {
    guard isOpen else {
      return job.completion(
        .failure(
          DatabaseError(.connectionLost, detail: "the connection is closed")
            .withoutEffect(of: job.query.operation)))
    }
    waiting.append(job)
    advance()
  }

  /// A late cancellation would hit the next statement, which therefore waits for its end.
  private func advance() {
    guard isOpen, current == nil, cancellationsUnderWay == 0, let job = waiting.popFirst() else { return }
    current = job
    if isNode {
      precedesLockTimeout = Deadline(millisecondsFromNow: Self.shorterThanLockTimeoutMilliseconds)
    }
    if let undoing {
      guard job.query.operation.label == "rollback" else { return finish(job, .failure(undoing)) }
      self.undoing = nil
    }
    run(job)
  }

  /// Ends the current statement with its result, and begins the next one.
  func finish(_ job: Job, _ answer: Result<any ResultSet, ServerFault>) {
    guard current === job else { return }
    let outcome = judged(answer, of: job.query)
    note(outcome, of: job.query)
    let result = outcome.mapError { DatabaseError($0, during: job.query.operation, account: account) }
    if case .failure(let fault) = outcome, fault.endsSession { return lose(fault.message) }
    current = nil
    job.completion(result)
    if case .failure(let fault) = outcome {
      if let reason = fault.readOnlyReason {
        membership?.retireServer(because: reason)
        return lose("\(cancellation.server) \(reason)")
      }
      if fault.meansNodeNotReady {
        membership?.retireServer(because: fault.explanation)
        return lose(fault.explanation)
      }
      // The account may have got other views since this connection read them; the next connection reads them again.
      if fault.deniesRelation, relationsAreFresh.hasPassed { onExpired?() }
    }
    if isFree, let retirement { return lose(retirement) }
    advance()
  }

  /// Whether it has no work, and no transaction is open.
  var isFree: Bool { current == nil && waiting.isEmpty && !isInTransaction }

  private var serverIsInTransaction: Bool {
    wire.handle.pointer.pointee.server_status & UInt32(SERVER_STATUS_IN_TRANS) != 0
  }

  /// A success is none where it leaves a transaction that was not begun: what follows would not be committed.
  private func judged(
    _ outcome: Result<any ResultSet, ServerFault>, of query: Query
  ) -> Result<any ResultSet, ServerFault> {
    switch outcome {
    case .success:
      let mayBeInTransaction = isInTransaction ? !query.endsTransaction : query.beginsTransaction
      return serverIsInTransaction && !mayBeInTransaction ? .failure(.strangeTransaction) : outcome
    case .failure(var fault):
      fault.isOfReadingTransaction = isReading
      fault.isOfWaitForCluster =
        isNode && fault.code == ServerFault.lockTimeout && (query.isRead || query.beginsTransaction)
        && !precedesLockTimeout.hasPassed
      return .failure(fault)
    }
  }

  private func note(_ outcome: Result<any ResultSet, ServerFault>, of query: Query) {
    switch outcome {
    case .success:
      isInTransaction = serverIsInTransaction
      isReading = isInTransaction && (isReading || query.beginsReading)
    case .failure(let fault):
      if isInTransaction, fault.undoesTransaction { undoing = fault }
    }
  }

  // MARK: - Cancellation

  /// The requests for one cancellation: the server forgets one that arrives before the statement.
  private static let requests = 3
  private static let pauseMilliseconds = 100

  func cancel(whenDone: @escaping () -> Void) {
    guard isOpen, let job = current else { return whenDone() }
    job.isCancelled = true
    cancellationsUnderWay += 1
    request(for: job, attempts: Self.requests) { [self] in
      cancellationsUnderWay -= 1
      whenDone()
      advance()
    }
  }

  private func request(for job: Job, attempts: Int, whenDone: @escaping () -> Void) {
    let (cancellation, cancelling) = (cancellation, cancelling)
    let callback = LoopBound(
      { [self] in
        guard attempts > 1, current === job else { return whenDone() }
        wire.loop.schedule(afterMilliseconds: Self.pauseMilliseconds) { [self] in
          guard current === job else { return whenDone() }
          request(for: job, attempts: attempts - 1, whenDone: whenDone)
        }
      }, to: wire.loop)
    let logger = attempts == Self.requests ? logger : nil
    wire.loop.run {
      // When sending the request fails, nothing is cancelled and the statement runs to its own end.
      do {
        try await cancelling.run { try cancellation.send() }
      } catch {
        let reason = (error as? ConnectionFailure)?.words ?? "\(error)"
        logger?.warning(
          "a statement was not cancelled and runs to its own end",
          metadata: ["server": "\(cancellation.server)", "reason": "\(reason)"])
      }
      callback.value()
    }
  }

  // MARK: - The end

  /// Ends a connection that the server or the network has ended, and notifies the owner.
  func lose(_ reason: String) {
    guard isOpen else { return }
    let error = DatabaseError(.connectionLost, detail: "\(cancellation.server): \(reason)")
    let lost = onLost
    onLost = nil
    shut()
    // The owner forgets the connection first, so that no failed statement is sent again on it.
    lost?(error)
    failEverything(error)
  }

  private func end(_ error: DatabaseError) {
    guard isOpen else { return }
    shut()
    failEverything(error)
  }

  /// The statements are freed after their connection, so that no message is sent for them.
  private func shut() {
    let statements = cache.takeAll()
    wire.close { withExtendedLifetime(statements) {} }
  }

  private func failEverything(_ error: DatabaseError) {
    let first = current
    current = nil
    if let first { first.completion(.failure(error.during(first.query))) }
    while let job = waiting.popFirst() {
      job.completion(.failure(error.withoutEffect(of: job.query.operation)))
    }
  }
}

extension Query {
  /// Whether it leaves the session in a transaction.
  fileprivate var beginsTransaction: Bool {
    operation.label == "begin" || ["START TRANSACTION", "BEGIN"].contains { sql.hasPrefix($0) }
  }

  fileprivate var beginsReading: Bool { beginsTransaction && sql.contains("READ ONLY") }

  /// Whether it leaves the session outside of a transaction.
  fileprivate var endsTransaction: Bool { ["COMMIT", "ROLLBACK"].contains(sql) }
}
