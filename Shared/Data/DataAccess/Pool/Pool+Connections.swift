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
    guard members.removeValue(forKey: id) != nil else { return }
    logger.warning("database connection lost: \(error)")
    perform(state.lost(id, at: now))
  }

  /// Closes a connection that cannot be used again.
  func discard(_ id: ConnectionID) {
    guard let member = members.removeValue(forKey: id) else { return }
    member.connection.close()
    perform(state.lost(id, at: now))
  }
}

// MARK: - Statements

extension Pool {
  /// Executes one statement on its own. A write is sent once: when its connection is lost, it may have taken place.
  func execute(_ statement: any Statement, completion: @escaping DatabaseConnection.Completion) {
    if statement.isRead { return read(statement, completion: completion) }
    let operation = statement.operation
    let clock = clock()
    acquire(.exclusive, for: operation) { [self] acquired in
      switch acquired {
      case .failure(let error):
        report(operation, clock, error)
        completion(.failure(error))
      case .success(let id):
        send(statement, on: id, sent(clock)) { completion($0.during(operation)) }
      }
    }
  }

  private func send(
    _ statement: any Statement, on id: ConnectionID, _ clock: StatementClock,
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
    member.connection.execute(query) { [self] result in
      member.watch.end()
      report(query, clock, result)
      release(id)
      completion(result)
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
