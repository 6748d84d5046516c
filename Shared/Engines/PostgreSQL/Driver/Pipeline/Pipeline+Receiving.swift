import CPostgres
import DataAccess

extension Pipeline {
  /// How many empty results in a row libpq may return before the driver treats the connection as out of sync.
  private static let emptyResultsTolerated = 2

  /// Ends the session with an unknown outcome, as a connection that breaks during a commit does.
  private static let unreplicatedCommit =
    "a commit's wait for the synchronous standby was cancelled, so a failover may lose the change"

  /// Takes every result that has arrived. The callbacks may submit new statements or close the connection.
  func drain() {
    var emptyResults = 0
    while case .open(let handle) = life, PQisBusy(handle.pointer) == 0 {
      if let pointer = PQgetResult(handle.pointer) {
        emptyResults = 0
        receive(ResultHandle(adopting: pointer))
      } else {
        // Nil marks the end of one statement's results, and nothing else.
        guard !outstanding.isEmpty else { return }
        emptyResults += 1
        guard emptyResults <= Self.emptyResultsTolerated else {
          return lose("libpq returned more ends of results than statements were sent")
        }
      }
    }
  }

  private func receive(_ result: ResultHandle) {
    switch result.status {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: receiveSuccess(result)
    case PGRES_PIPELINE_SYNC: finishBatch()
    case PGRES_PIPELINE_ABORTED: receiveAbortion()
    default: receiveFault(ServerFault(of: result.pointer))
    }
  }

  private func receiveSuccess(_ result: ResultHandle) {
    switch outstanding.popFirst() {
    case .execution(let submission):
      chooseForm(from: result, of: submission)
      noteBeginning(of: submission)
      succeed(submission, with: result)
    case .preparation, .release, .settings: break
    case .synchronisation, nil: lose("libpq returned a result without a statement")
    }
  }

  /// The server commits at the synchronisation point, after it has reported the statement's success. So a write succeeds
  /// only there: a commit can still fail, or wait for a standby that never confirms it.
  private func succeed(_ submission: Submission, with result: ResultHandle) {
    switch submission.batching {
    case .batched: submission.succeed(with: result)
    case .alone, .following, .repeated: unconfirmed.append((submission, result))
    }
  }

  private func noteBeginning(of submission: Submission) {
    guard submission.query.operation.verb == .other,
      submission.query.sql == Dialect.postgreSQL.transactions.beginConsistentRead
    else { return }
    isReadingTransaction = true
  }

  /// The first result of a prepared statement shows the types of its rows, which determine the form of later requests.
  private func chooseForm(from result: ResultHandle, of submission: Submission) {
    guard case .prepared(let name, nil) = submission.execution else { return }
    statements.settle(submission.query.statement, name: name, form: result.bestForm)
  }

  private func receiveFault(_ fault: ServerFault) {
    if fault.endsSession, case .open(let handle) = life { return receiveFarewell(fault, over: handle) }
    // After the last statement's success, an error is the commit's.
    if case .synchronisation? = outstanding.first, !unconfirmed.isEmpty {
      return failUnconfirmed(.server(fault))
    }
    switch outstanding.popFirst() {
    case .execution(let submission):
      var fault = fault
      fault.isOfReadingTransaction = isReadingTransaction
      receive(fault, of: submission)
      if fault.meansReadOnlyServer { onReadOnlyServer?() }
    case .settings(let statement): preparationFault = (statement, fault)
    case .preparation(let statement, let name):
      statements.forget(statement, name: name)
      preparationFault = (statement, fault)
    case .release: break
    case .synchronisation, nil:
      if case .open(let handle) = life { loseSession(handle) }
    }
  }

  /// The session has ended. It is closed before its statements fail, so that none is repeated on it.
  private func receiveFarewell(_ fault: ServerFault, over handle: ConnectionHandle) {
    if fault.isFatal { handle.notices.farewell = fault }
    // The statements before it in its group are lost with it.
    var ended = unconfirmed.map(\.submission)
    unconfirmed = []
    if case .execution(let submission) = outstanding.first {
      ended.append(submission)
      outstanding.popFirst()
    }
    loseSession(handle)
    for submission in ended { submission.fail(.server(fault)) }
  }

  private func receive(_ fault: ServerFault, of submission: Submission) {
    guard fault.meansStalePreparation, case .prepared(let name, _) = submission.execution else {
      return submission.fail(.server(fault))
    }
    statements.forget(submission.query.statement, name: name)
    guard transaction == .idle, submission.prepareToRepeat() else { return submission.fail(.server(fault)) }
    aborted.append(submission)
  }

  /// The server skipped the next statement, because another statement of the batch or its own preparation failed.
  private func receiveAbortion() {
    switch outstanding.popFirst() {
    case .preparation(let statement, let name): statements.forget(statement, name: name)
    case .execution(let submission):
      if let (statement, fault) = preparationFault, statement == submission.query.statement {
        submission.fail(.server(fault))
      } else if submission.prepareToRepeat() {
        aborted.append(submission)
      } else {
        submission.fail(.unsent("the server skipped the statement"))
      }
    case .release: break
    case .settings: return
    case .synchronisation, nil: lose("libpq returned a result without a statement")
    }
    preparationFault = nil
  }

  private func finishBatch() {
    outstanding.popFirst()
    synchronisationsInFlight -= 1
    preparationFault = nil
    noteTransactionState()
    if case .open(let handle) = life, handle.notices.takeUnreplicatedCommit(), !unconfirmed.isEmpty {
      return lose(Self.unreplicatedCommit)
    }
    if !unconfirmed.isEmpty {
      let confirmed = unconfirmed
      unconfirmed.removeAll(keepingCapacity: true)
      for (submission, result) in confirmed { submission.succeed(with: result) }
    }
    let waiting = aborted
    aborted = []
    for submission in waiting { submit(submission) }
    submitQueued()
    releaseEvictedStatements()
    noticeReadOnlyServer()
    retireIfIdle()
  }

  /// The server reports a change of its state before the end of a batch, since version 14. So a connection that only
  /// reads is given up too when its server takes no writes any more.
  private func noticeReadOnlyServer() {
    guard case .open(let handle) = life, trustsReports, !isRetiring else { return }
    if handle.reportsReadOnlyServer { onReadOnlyServer?() }
  }

  func failUnconfirmed(_ fault: PipelineFault) {
    let failed = unconfirmed
    unconfirmed = []
    for (submission, _) in failed { submission.fail(fault) }
  }

  private func noteTransactionState() {
    guard case .open(let handle) = life else { return }
    switch PQtransactionStatus(handle.pointer) {
    case PQTRANS_IDLE:
      transaction = .idle
      isPinned = false
      isReadingTransaction = false
    case PQTRANS_INTRANS: transaction = .open
    case PQTRANS_INERROR: transaction = .failed
    default: break
    }
  }
}
