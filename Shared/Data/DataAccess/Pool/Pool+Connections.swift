import EventLoop

extension Pool {
  func open(_ id: ConnectionID) {
    let pool = LoopBound(self, to: loop)
    loop.run { [driver, loop] in
      do throws(DatabaseError) {
        pool.value.opened(id, try await driver.connect(on: loop).value)
      } catch {
        pool.value.openingFailed(id, error)
      }
    }
  }

  private func opened(_ id: ConnectionID, _ opened: any DatabaseConnection) {
    let connection =
      watch.map { WatchedConnection(opened, of: driver, on: loop, $0) } ?? opened
    let isRestored = state.backoff.failureCount > 0
    members[id] = Member(connection)
    connection.separatesResults = state.slow.isSeparating
    connection.onLost = { [weak self] error in self?.lost(id, error) }
    let actions = state.opened(id, at: now)
    // The state closes a connection that came too late.
    if isRestored, state.backoff.failureCount == 0 { logger.notice("database connection restored") }
    perform(actions)
    connection.onExpired = { [weak self] in
      guard let self else { return }
      perform(state.expire(id, at: now))
    }
  }

  private func openingFailed(_ id: ConnectionID, _ error: DatabaseError) {
    logger.warning("database connection failed: \(error.connectionReport)")
    perform(state.openingFailed(id, error, at: now))
  }

  /// Removes a connection that has ended.
  ///
  /// The state removes it first: its statements end next, and would free it for a waiter.
  func lost(_ id: ConnectionID, _ error: DatabaseError) {
    guard let member = members.removeValue(forKey: id) else { return }
    // No statement has this error: its detail names the server and quotes no value.
    logger.warning("database connection lost: \(error.detail ?? error.description)")
    let actions = state.lost(id, at: now)
    member.cancellation.end()
    perform(actions)
  }

  /// Closes a connection that cannot be used again.
  func discard(_ id: ConnectionID) {
    guard members[id] != nil else { return }
    let actions = state.lost(id, at: now)
    close(id)
    perform(actions)
  }

  /// Closes a connection that the state has removed. A cancellation that is under way ends with it.
  func close(_ id: ConnectionID) {
    guard let member = members.removeValue(forKey: id) else { return }
    member.connection.close()
    member.cancellation.end()
  }
}

// MARK: - Statements

extension Pool {
  /// Executes one statement on its own. A write is sent once: when its connection is lost, it may have taken place.
  func execute(
    _ statement: any Statement, _ ticket: StatementTicket, completion: @escaping DatabaseConnection.Completion
  ) {
    let operation = statement.operation
    guard !ticket.isCancelled else { return completion(.failure(.cancelled(operation))) }
    let clock = clock()
    let waiter = acquireExclusively(operation) { [self] acquired in
      ticket.end()
      switch acquired {
      case .failure(let error):
        report(operation, clock, error)
        completion(.failure(error))
      case .success(let id):
        send(statement, ticket, on: id, sent(clock), completion: completion)
      }
    }
    if let waiter { withdrawOnCancellation(ticket, waiter, operation, clock, completion) }
  }

  private func send(
    _ statement: any Statement, _ ticket: StatementTicket, on id: ConnectionID, _ clock: StatementClock,
    completion: @escaping DatabaseConnection.Completion
  ) {
    guard let member = members[id] else {
      return completion(.failure(DatabaseError(.connectionLost).withoutEffect(of: statement.operation)))
    }
    let query: Query
    do {
      query = try member.query(of: statement)
    } catch {
      release(id)
      return completion(Result.failure(error).withoutEffect(of: statement.operation))
    }
    member.watch.begin()
    ticket.begin { [self] in cancel(id, member) }
    member.connection.execute(query) { [self] answer in
      let result = answer.ended(by: ticket)
      member.watch.end()
      ticket.end()
      report(query, clock, result)
      member.cancellation.whenDone { [self] in
        release(id)
        completion(result.during(query))
      }
    }
  }

  /// Cancels the connection's current statement in the engine.
  func cancel(_ id: ConnectionID, _ member: Member) {
    guard member.cancellation.begin() else { return }
    member.reads.oldest?.exposure = .target
    // The request may be late, so the lane must not become free for a borrower before its end.
    let isLane = state.holdLane(id)
    let timer = loop.schedule(afterMilliseconds: RunningCancellation.limitMilliseconds) { [weak self] in
      self?.discard(id)
    }
    member.connection.cancel { [self] in
      loop.cancel(timer)
      member.reads.expose()
      member.cancellation.end()
      if isLane { unholdLane(id) }
    }
  }

  /// Lends a connection to one borrower. A cancelled borrower leaves the queue.
  func borrow(
    _ operation: Operation, _ ticket: StatementTicket,
    completion: @escaping (Result<LoopBound<Lease>, DatabaseError>) -> Void
  ) {
    guard !ticket.isCancelled else { return completion(.failure(.cancelled(operation))) }
    let clock = clock()
    let waiter = acquireExclusively(operation) { [self] acquired in
      ticket.end()
      let lease = acquired.flatMap { id -> Result<LoopBound<Lease>, DatabaseError> in
        guard let member = members[id] else {
          return .failure(DatabaseError(.connectionLost).withoutEffect(of: operation))
        }
        return .success(LoopBound(Lease(id: id, member: member, pool: self), to: loop))
      }
      report(operation, clock, lease.failure)
      completion(lease)
    }
    if let waiter { withdrawOnCancellation(ticket, waiter, operation, clock, completion) }
  }

  /// Ends the wait of a write or a borrower whose caller is cancelled.
  private func withdrawOnCancellation<Value>(
    _ ticket: StatementTicket, _ waiter: WaiterID, _ operation: Operation, _ clock: StatementClock,
    _ completion: @escaping (Result<Value, DatabaseError>) -> Void
  ) {
    ticket.begin { [self] in
      withdraw(waiter)
      report(operation, clock, .cancelled(operation))
      completion(.failure(.cancelled(operation)))
    }
  }

  func giveBack(_ id: ConnectionID) { release(id) }

  func describe(_ id: ConnectionID, as operation: Operation) { state.describe(id, as: operation) }
}
