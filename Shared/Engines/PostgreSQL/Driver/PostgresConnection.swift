import DataAccess
import EventLoop

/// One session with a PostgreSQL server: adapts the pipeline to the protocol of DataAccess.
final class PostgresConnection: DatabaseConnection, HostedConnection {
  let dialect: Dialect
  var onLost: ((DatabaseError) -> Void)?

  var onExpired: (() -> Void)? {
    didSet { if isExpired { onExpired?() } }
  }
  private var isExpired = false

  let hasProvenPassword: Bool?
  let sessionNumber: Int64?
  private let pipeline: Pipeline
  private let origin: Origin
  private var membership: ConnectionGroup.Membership?
  private var account: String { origin.account }

  /// Where a connection leads, and what it shares with the driver's other connections.
  struct Origin: Sendable {
    let server: ServerAddress
    let account: String
    let preparation: PreparedStatements
    let transactionSettings: [String]
    let group: ConnectionGroup
    /// Sends the cancellations. Each one opens a separate connection to the server.
    let cancelling: OffloadQueue
  }

  private init(_ pipeline: Pipeline, from origin: Origin, established: EstablishedConnection) {
    dialect = established.release.dialect.unshared()
    hasProvenPassword = established.hasProvenPassword
    sessionNumber = established.sessionNumber
    self.pipeline = pipeline
    self.origin = origin
    membership = origin.group.add(self, to: origin.server, on: pipeline.loop)
    pipeline.onReadOnlyServer = {
      origin.group.retire(origin.server, because: ConnectionFailure.readOnlyReason)
    }
    pipeline.onLost = { [weak self] fault in
      guard let self else { return }
      membership = nil
      onLost?(DatabaseError(fault, endOf: origin))
      onLost = nil
    }
  }

  /// Ends the session once its work in progress is done, and reports it as lost: its server takes no writes.
  func retire(because reason: String) {
    pipeline.retire(because: "\(origin.server) \(reason)")
  }

  /// Ends the session now. The outcome of its work in progress is unknown.
  func abandon(because reason: String) {
    pipeline.lose("\(origin.server) \(reason)")
  }

  /// Makes the pool use the session for nothing new, and to close it once it is free.
  func expire() {
    isExpired = true
    onExpired?()
  }

  /// Moves an established connection onto its loop; call it on the loop's thread.
  static func adopt(
    _ established: EstablishedConnection, from origin: Origin, on loop: EventLoop
  ) -> Result<LoopBound<any DatabaseConnection>, DatabaseError> {
    guard let handle = established.take() else {
      return .failure(
        DatabaseError(
          .connectionRefused, operation: DatabaseError.connecting, detail: "the connection was already taken")
      )
    }
    do {
      let pipeline = try Pipeline(
        handle, on: loop, preparation: origin.preparation, transactionSettings: origin.transactionSettings)
      let connection = PostgresConnection(pipeline, from: origin, established: established)
      return .success(LoopBound<any DatabaseConnection>(connection, to: loop))
    } catch {
      return .failure(
        DatabaseError(.connectionRefused, operation: DatabaseError.connecting, detail: error.description))
    }
  }

  var isOpen: Bool { pipeline.isOpen }
  var separatesResults: Bool {
    get { pipeline.separatesResults }
    set { pipeline.separatesResults = newValue }
  }

  func execute(_ query: Query, completion: @escaping Completion) {
    pipeline.submit(submission(of: query) { [self] in completion(result(of: query, $0)) })
  }

  func execute(group: [Query], completion: @escaping GroupCompletion) {
    guard let first = group.first else { return completion([]) }
    let results = GroupResults(count: group.count, completion)
    let followers = group.indices.dropFirst().map { position in
      Submission(
        group[position], preparation: group[position].isReusable ? .cached : .oneOff, batching: .following,
        completion: { [self] in results.set(position, result(of: group[position], $0)) })
    }
    pipeline.submit(
      Submission(
        first, preparation: first.isReusable ? .cached : .oneOff, batching: .alone,
        followers: followers, completion: { [self] in results.set(0, result(of: first, $0)) }))
  }

  private func result(
    of query: Query, _ outcome: Result<ResultHandle, PipelineFault>
  ) -> Result<any ResultSet, DatabaseError> {
    switch outcome {
    case .success(let result): .success(PostgresRows(result))
    case .failure(let fault): .failure(DatabaseError(fault, during: query.operation, account: account))
    }
  }

  private func submission(
    of query: Query, completion: @escaping (Result<ResultHandle, PipelineFault>) -> Void
  ) -> Submission {
    Submission(
      query, preparation: query.isReusable ? .cached : .oneOff,
      batching: query.isRead ? .batched : .alone, completion: completion)
  }

  func cancel(whenDone done: @escaping () -> Void) {
    let cancelHandle = pipeline.cancelHandle
    let cancelling = origin.cancelling
    let callback = LoopBound(done, to: pipeline.loop)
    pipeline.loop.run {
      // When sending the request fails, nothing is cancelled and the statement runs to its own end.
      _ = try? await cancelling.run { cancelHandle.cancel() }
      callback.value()
    }
  }

  func close() {
    onLost = nil
    onExpired = nil
    membership = nil
    pipeline.close()
  }
}

/// The results of statements that were sent together, up to the first failure.
private final class GroupResults {
  private var results: [Result<any ResultSet, DatabaseError>?]
  private var completion: DatabaseConnection.GroupCompletion?

  init(count: Int, _ completion: @escaping DatabaseConnection.GroupCompletion) {
    results = Array(repeating: nil, count: count)
    self.completion = completion
  }

  /// A statement that could not be sent fails before the results of those before it arrive.
  func set(_ position: Int, _ result: Result<any ResultSet, DatabaseError>) {
    results[position] = result
    guard let completion else { return }
    var known: [Result<any ResultSet, DatabaseError>] = []
    for case let result? in results.prefix(while: { $0 != nil }) {
      known.append(result)
      if case .failure = result { break }
    }
    if case .failure? = known.last {} else if known.count < results.count { return }
    self.completion = nil
    completion(known)
  }
}

extension DatabaseError {
  /// The end of a connection, with the server and the reason. No statement's error is in it, so no value is either.
  fileprivate init(_ fault: PipelineFault, endOf origin: PostgresConnection.Origin) {
    let waiting = Operation(.other, label: "wait")
    switch fault {
    case .lost(let reason): self.init(fault: .lost("\(origin.server): \(reason)"), waiting, origin)
    case .server, .unsent, .retired, .unsendable, .unbindable: self.init(fault: fault, waiting, origin)
    }
  }

  private init(fault: PipelineFault, _ operation: Operation, _ origin: PostgresConnection.Origin) {
    self.init(fault, during: operation, account: origin.account)
  }
}
