import DataAccess
import EventLoop

/// A connection to the file. Reads run on the loop; everything else runs on the connection's own queue.
///
/// It has two sessions. The loop uses the reading session, which is `query_only` and never waits: a slow or locked read
/// moves to the queue. The queue uses the writing session. While a transaction is open or a write is running, reads run
/// on the queue too, so that they see its changes.
final class SQLiteConnection: DatabaseConnection, HostedConnection {
  private struct Outstanding {
    let completion: Completion
    let cancellation: Cancellation
    /// Whether later statements must see its effects.
    let isOrdering: Bool
  }

  private enum State {
    case open
    case ended
  }

  private(set) var dialect: Dialect
  var onLost: ((DatabaseError) -> Void)?
  var onExpired: (() -> Void)? {
    didSet { if isExpired { onExpired?() } }
  }
  private var isExpired = false
  private var membership: ConnectionGroup.Membership?
  private let opener: SessionOpener
  private let loop: EventLoop
  private let reader: SessionHolder
  private let worker: ConnectionWorker
  private let connections: OpenConnections
  private let options: SQLiteOptions
  private var state = State.open
  private var outstanding: [UInt64: Outstanding] = [:]
  private var orderingCount = 0
  private var isInTransaction = false
  private var isRefreshing = false
  private var lastID: UInt64 = 0

  init(
    reader: SessionHolder, relations: [String: Relation], opener: SessionOpener, connections: OpenConnections,
    loop: EventLoop
  ) {
    self.reader = reader
    self.connections = connections
    self.loop = loop
    worker = ConnectionWorker(opener, connections)
    options = opener.options
    self.opener = opener
    dialect = .sqlite
    dialect.relations = relations
    membership = opener.connections.add(self, on: loop)
  }

  var isOpen: Bool {
    switch state {
    case .open: true
    case .ended: false
    }
  }

  func execute(_ query: Query, completion: @escaping Completion) {
    guard isOpen else {
      return complete(completion, .failure(DatabaseError.closed.withoutEffect(of: query.operation)))
    }
    if query.isRead, !isInTransaction, orderingCount == 0, let result = readHere(query) {
      finishHere(completion, result)
    } else {
      let id = begin(completion, isOrdering: !query.isRead)
      worker.run(query, cancellation(of: id), then: deliver { $0.finish(id, $1) })
    }
  }

  /// The queue runs statements in their order, so the first one is current. Each has its own cancellation.
  func cancel(whenDone: @escaping () -> Void) {
    outstanding.min { $0.key < $1.key }?.value.cancellation.request()
    whenDone()
  }

  func close() {
    end(with: .closed)
  }

  // MARK: - On the loop

  private func readHere(_ query: Query) -> Result<SQLiteRows, DatabaseError>? {
    switch reader.runBriefly(query, on: FileSession.Terms(timeouts: options.onLoop)) {
    case .finished(let result):
      return result
    case .deferred:
      return nil
    case .outOfDate:
      refreshReader()
      return nil
    }
  }

  private func finishHere(_ completion: @escaping Completion, _ result: Result<SQLiteRows, DatabaseError>) {
    complete(completion, result.map { $0 })
    guard case .failure(let error) = result, error.endsTheConnection else { return }
    loop.atEndOfBatch { [self] in lose(error) }
  }

  private func refreshReader() {
    if isRefreshing { return }
    isRefreshing = true
    let here = LoopBound(self, to: loop)
    worker.perform { [reader] in
      let relations = Result { () throws(DatabaseError) in try reader.refresh() }
      here.loop.execute { here.value.refreshed(relations) }
    }
  }

  private func refreshed(_ relations: Result<[String: Relation], DatabaseError>) {
    isRefreshing = false
    switch relations {
    case .success(let relations): dialect.relations = relations
    case .failure(let error): lose(error)
    }
  }

  /// Never calls a completion inside the call that passed it.
  private func complete(_ completion: @escaping Completion, _ result: Result<any ResultSet, DatabaseError>) {
    loop.atEndOfBatch { completion(result) }
  }

  // MARK: - On the queue

  private func begin(_ completion: @escaping Completion, isOrdering: Bool) -> UInt64 {
    lastID += 1
    outstanding[lastID] = Outstanding(
      completion: completion, cancellation: Cancellation(), isOrdering: isOrdering)
    if isOrdering { orderingCount += 1 }
    return lastID
  }

  private func cancellation(of id: UInt64) -> Cancellation {
    outstanding[id]?.cancellation ?? Cancellation()
  }

  /// Returns an outcome to the loop.
  private func deliver(
    _ receive: @escaping @Sendable (SQLiteConnection, ConnectionWorker.Outcome) -> Void
  ) -> @Sendable (ConnectionWorker.Outcome) -> Void {
    let here = LoopBound(self, to: loop)
    return { outcome in here.loop.execute { receive(here.value, outcome) } }
  }

  private func finish(_ id: UInt64, _ outcome: ConnectionWorker.Outcome) {
    guard let entry = outstanding.removeValue(forKey: id) else { return }
    if entry.isOrdering { orderingCount -= 1 }
    isInTransaction = !outcome.isAutocommit
    entry.completion(outcome.result.map { $0 })
    if case .failure(let error) = outcome.result, error.endsTheConnection { lose(error) }
  }

  // MARK: - The end

  /// Makes the pool use the connection for nothing new, and close it once it is free.
  func expire() {
    isExpired = true
    onExpired?()
  }

  func retire(because reason: String) { abandon(because: reason) }

  func abandon(because reason: String) { lose(DatabaseError(.connectionLost, detail: reason)) }

  private func lose(_ error: DatabaseError) {
    guard isOpen else { return }
    if error.kind == .unreadableFile { opener.connections.expire() }
    end(with: DatabaseError(.connectionLost, nativeCode: error.nativeCode, detail: error.detail))
    onLost?(error)
  }

  private func end(with error: DatabaseError) {
    guard isOpen else { return }
    state = .ended
    membership = nil
    let unfinished = outstanding.sorted { $0.key < $1.key }.map(\.value)
    outstanding.removeAll()
    for entry in unfinished {
      entry.cancellation.request()
      complete(entry.completion, .failure(error))
    }
    connections.leaving()
    worker.close(reader)
  }
}

extension DatabaseError {
  fileprivate static let closed = DatabaseError(.connectionLost, detail: "the connection is closed")

  /// Whether the connection is unusable: the file was replaced or is damaged, or the account may no longer open it. A
  /// connection to a damaged file keeps its pages, also after the file was restored.
  fileprivate var endsTheConnection: Bool {
    switch kind {
    case .connectionLost, .connectionRefused, .readOnlyServer, .unreadableFile, .authenticationFailed: true
    case .permissionDenied, .uniqueViolation, .foreignKeyViolation, .checkViolation, .notNullViolation,
      .serializationFailure, .deadlock, .lockTimeout, .statementTimeout, .cancelled, .tooManyConnections,
      .acquireTimeout,
      .shuttingDown, .storageFull, .valueOutOfRange, .invalidStatement, .decoding, .other:
      false
    }
  }
}
