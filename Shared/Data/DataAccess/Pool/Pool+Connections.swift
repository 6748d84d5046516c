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

  private func opened(_ id: ConnectionID, _ connection: any DatabaseConnection) {
    if state.backoff.failureCount > 0 { logger.notice("database connection restored") }
    members[id] = Member(connection)
    connection.onLost = { [weak self] error in self?.lost(id, error) }
    perform(state.opened(id, at: now))
  }

  private func openingFailed(_ id: ConnectionID, _ error: DatabaseError) {
    logger.warning("database connection failed: \(error.connectionReport)")
    perform(state.openingFailed(id, error, at: now))
  }

  func lost(_ id: ConnectionID, _ error: DatabaseError) {
    guard let member = members.removeValue(forKey: id) else { return }
    member.cancellation.end()
    // No statement has this error: its detail names the server and quotes no value.
    logger.warning("database connection lost: \(error.detail ?? error.description)")
    perform(state.lost(id, at: now))
  }

  /// Closes a connection that cannot be used again.
  func discard(_ id: ConnectionID) {
    guard let member = members.removeValue(forKey: id) else { return }
    member.connection.close()
    member.cancellation.end()
    perform(state.lost(id, at: now))
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
        send(statement, ticket, on: id, sent(clock)) { completion($0.during(operation)) }
      }
    }
    guard let waiter else { return }
    ticket.begin { [self] in
      withdraw(waiter)
      report(operation, clock, .cancelled(operation))
      completion(.failure(.cancelled(operation)))
    }
  }

  private func send(
    _ statement: any Statement, _ ticket: StatementTicket, on id: ConnectionID, _ clock: StatementClock,
    completion: @escaping DatabaseConnection.Completion
  ) {
    guard let member = members[id] else { return completion(.failure(DatabaseError(.connectionLost))) }
    let query: Query
    do {
      query = try member.query(of: statement)
    } catch {
      release(id)
      return completion(.failure(error))
    }
    member.watch.begin()
    ticket.begin { [self] in cancel(id, member) }
    member.connection.execute(query) { [self] result in
      member.watch.end()
      ticket.end()
      report(query, clock, result)
      member.cancellation.whenDone { [self] in
        release(id)
        completion(result)
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
      if isLane { release(id) }
    }
  }

  /// Lends a connection to one borrower.
  func borrow(
    _ operation: Operation, completion: @escaping (Result<LoopBound<Lease>, DatabaseError>) -> Void
  ) {
    let clock = clock()
    acquire(.exclusive, for: operation) { [self] acquired in
      switch acquired {
      case .failure(let error):
        report(operation, clock, error)
        completion(.failure(error))
      case .success(let id):
        report(operation, clock, nil)
        guard let member = members[id] else {
          return completion(.failure(DatabaseError(.connectionLost).during(operation)))
        }
        let lease = Lease(id: id, member: member, pool: self)
        completion(.success(LoopBound(lease, to: loop)))
      }
    }
  }

  func giveBack(_ id: ConnectionID) { release(id) }

  func describe(_ id: ConnectionID, as operation: Operation) { state.describe(id, as: operation) }
}
