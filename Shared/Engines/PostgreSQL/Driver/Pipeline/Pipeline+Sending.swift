import CPostgres
import DataAccess

extension Pipeline {
  /// Sends a statement. It completes later, or fails at once when sending fails.
  func submit(_ submission: Submission) {
    guard isOpen else { return submission.fail(.unsent("the connection is closed")) }
    guard queued.isEmpty, mayBegin(submission) else {
      queued.append(submission)
      return
    }
    switch submission.batching {
    case .batched: submitBatched(submission)
    case .alone, .following, .repeated: submitAlone(submission)
    }
  }

  /// Sends what waited for the synchronisation point that has arrived.
  func submitQueued() {
    while isOpen, let next = queued.first, mayBegin(next) {
      queued.popFirst()
      switch next.batching {
      case .batched: submitBatched(next)
      case .alone, .following, .repeated: submitAlone(next)
      }
    }
  }

  /// Whether the statement belongs to the batch that is being sent, or begins the only one in flight.
  private func mayBegin(_ submission: Submission) -> Bool {
    if isRetiring { return false }
    switch preparation {
    case .named: return true
    case .off:
      guard synchronisationsInFlight == 0 else { return false }
      if case .batched = submission.batching { return true }
      synchronise()
      return synchronisationsInFlight == 0
    }
  }

  private func submitBatched(_ submission: Submission) {
    let isFirst = unsynchronisedEntries == 0
    transmit(submission)
    if separatesResults, case .open(let handle) = life { _ = PQsendFlushRequest(handle.pointer) }
    if unsynchronisedEntries >= Self.batchLimit {
      synchronise()
    } else if isFirst {
      loop.atEndOfBatch { [weak self] in self?.synchronise() }
    }
  }

  private func submitAlone(_ submission: Submission) {
    synchronise()
    if transmit(submission) {
      // What follows a statement that was not sent must not be sent either.
      _ = submission.followers.allSatisfy { transmit($0) }
    }
    synchronise()
  }

  /// Ends the current batch, if it contains any statement.
  func synchronise() {
    guard case .open(let handle) = life, unsynchronisedEntries > 0 else { return }
    guard PQpipelineSync(handle.pointer) == 1 else { return loseSession(handle) }
    outstanding.append(.synchronisation)
    synchronisationsInFlight += 1
    unsynchronisedEntries = 0
    flush()
  }

  /// Drops evicted statements on the server. Runs only between batches and outside of transactions.
  func releaseEvictedStatements() {
    guard case .open(let handle) = life, isIdle, transaction == .idle else { return }
    for name in statements.takeEvicted() {
      let sent = PQsendQueryParams(handle.pointer, "DEALLOCATE \(name)", 0, nil, nil, nil, nil, 0)
      if sent == 1 { appendSent(.release) }
    }
    synchronise()
  }

  /// Sends a statement; returns false when it could not be sent, and has failed.
  @discardableResult
  private func transmit(_ submission: Submission) -> Bool {
    guard case .open(let handle) = life else {
      submission.fail(.unsent("the connection is closed"))
      return false
    }
    do {
      try pinSettings(for: submission, over: handle)
      try parameters.bind(submission.query.bindings)
      try send(submission, over: handle)
      appendSent(.execution(submission))
      // A limit may end a transaction that waits for its client's next statement.
      if submission.beginsTransaction {
        do { try pinSettings(for: submission.query.statement, over: handle) } catch {
          loseSession(handle)
          return false
        }
      }
      return true
    } catch {
      if PQstatus(handle.pointer) != CONNECTION_OK { loseSession(handle) }
      submission.fail(error)
      return false
    }
  }

  private func appendSent(_ entry: Entry) {
    outstanding.append(entry)
    unsynchronisedEntries += 1
  }

  /// Sends the settings of the transaction before its first statement. A statement without a table of the schema stands
  /// alone without them: it may begin a transaction, or be one that must not run inside one.
  private func pinSettings(
    for submission: Submission, over handle: ConnectionHandle
  ) throws(PipelineFault) {
    guard preparation == .off, !isPinned else { return }
    switch transaction {
    case .failed: return
    case .idle where submission.mayStandOutsideTransactions: return
    case .idle, .open: break
    }
    try pinSettings(for: submission.query.statement, over: handle)
  }

  private func pinSettings(
    for statement: RenderedStatement, over handle: ConnectionHandle
  ) throws(PipelineFault) {
    guard preparation == .off else { return }
    for sql in transactionSettings {
      guard PQsendQueryParams(handle.pointer, sql, 0, nil, nil, nil, nil, ResultForm.text.rawValue) == 1
      else {
        throw rejection(of: sql, over: handle)
      }
      appendSent(.settings(for: statement))
    }
    isPinned = true
  }

  private func send(_ submission: Submission, over handle: ConnectionHandle) throws(PipelineFault) {
    switch submission.preparation {
    case .cached where preparation == .off: try sendOneOff(submission, over: handle)
    case .oneOff: try sendOneOff(submission, over: handle)
    case .cached:
      switch statements.lookUp(submission.query.statement) {
      case .uncached: try sendOneOff(submission, over: handle)
      case .known(let name, let form): try sendPrepared(submission, name: name, form: form, over: handle)
      case .new(let name):
        try sendPreparation(of: submission.query.statement, name: name, over: handle)
        try sendPrepared(submission, name: name, form: nil, over: handle)
      }
    }
  }

  private func sendPreparation(
    of statement: RenderedStatement, name: String, over handle: ConnectionHandle
  ) throws(PipelineFault) {
    guard !statement.sql.utf8.contains(0), PQsendPrepare(handle.pointer, name, statement.sql, 0, nil) == 1
    else {
      statements.forget(statement, name: name)
      throw rejection(of: statement.sql, over: handle)
    }
    appendSent(.preparation(statement, name: name))
  }

  private func sendPrepared(
    _ submission: Submission, name: String, form: ResultForm?, over handle: ConnectionHandle
  ) throws(PipelineFault) {
    submission.execution = .prepared(name: name, form: form)
    let wantedForm = form ?? .text
    let sent = parameters.withArguments { count, values, lengths, formats in
      PQsendQueryPrepared(handle.pointer, name, count, values, lengths, formats, wantedForm.rawValue)
    }
    guard sent == 1 else { throw rejection(of: submission.query.sql, over: handle) }
  }

  private func sendOneOff(_ submission: Submission, over handle: ConnectionHandle) throws(PipelineFault) {
    guard !submission.query.sql.utf8.contains(0) else {
      throw rejection(of: submission.query.sql, over: handle)
    }
    let sent = parameters.withArguments { count, values, lengths, formats in
      PQsendQueryParams(
        handle.pointer, submission.query.sql, count, nil, values, lengths, formats, ResultForm.text.rawValue)
    }
    guard sent == 1 else { throw rejection(of: submission.query.sql, over: handle) }
  }

  /// Returns why libpq rejected a statement. libpq may detect a lost connection before the loop does; the statement
  /// itself is then valid.
  private func rejection(of sql: String, over handle: ConnectionHandle) -> PipelineFault {
    if sql.utf8.contains(0) { return .unsendable("a statement cannot contain the character U+0000") }
    return PQstatus(handle.pointer) == CONNECTION_OK ? .unsendable(handle.message) : .lost(handle.message)
  }
}
