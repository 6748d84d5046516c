extension Pool {
  /// Executes one read on its own. When its connection is lost, it is sent again on another one.
  func execute(_ read: PendingRead, completion: @escaping DatabaseConnection.Completion) {
    if read.begin(clock(), completion) { place(read) }
  }

  /// Ends a read whose caller has gone. The engine still runs it: a read with a connection of its own is cancelled now,
  /// one on a lane by the next look at that lane.
  func cancel(_ read: PendingRead) {
    read.cancel()
    guard read.isPending else { return }
    let error = DatabaseError.cancelled(read.operation)
    if let (query, clock) = read.sent {
      report(query, clock, .failure(error))
    } else {
      report(read.operation, read.clock, error)
    }
    conclude(read, .failure(error))
    guard !state.multiplexesReads else { return }
    for (id, member) in members where member.reads.oldest === read { cancel(id, member) }
  }

  private func place(_ read: PendingRead) {
    let waiter = pass(state.acquire(.shared, for: read.operation, now: now)) { [self] acquired in
      read.waiter = nil
      switch acquired {
      case .failure(let error): refuse(read, error)
      case .success(let id):
        // Other reads of its table are tried before it is tried again.
        if state.isTrial(read.operation, on: id) { read.countMove() }
        send(read, on: id)
      }
    }
    if let waiter { read.waiter = waiter }
  }

  /// Ends a read that got no connection.
  private func refuse(_ read: PendingRead, _ error: DatabaseError) {
    report(read.operation, read.clock, error)
    read.finish(.failure(error))
  }

  private func send(_ read: PendingRead, on id: ConnectionID) {
    guard let member = members[id] else {
      return receive(.failure(DatabaseError(.connectionLost)), of: read, on: id) { _ in }
    }
    let query: Query
    do {
      query = try member.query(of: read.statement)
    } catch {
      release(id)
      return conclude(read, .failure(error))
    }
    read.copies += 1
    if state.isTrial(read.operation, on: id) { read.beginTrial(on: id) }
    member.reads.append(read)
    member.watch.begin()
    keepLooking()
    let clock = sent(read.clock)
    read.sent = (query, clock)
    member.connection.execute(query) { [self] result in
      read.copies -= 1
      member.reads.remove(read)
      if member.cancellation.isRunning, case .none = read.exposure { read.exposure = .bystander }
      member.watch.end()
      let trial = endTrial(of: read, on: id, result)
      if read.copies > 0 { read.keepOtherCopy() }
      let reported = { [self] (result: Result<any ResultSet, DatabaseError>) in report(query, clock, result) }
      // A result that counts comes first: a copy that waits for a connection must not get this one. A read that is sent
      // again comes last: it must not get this one before its loss is known.
      if result.failure?.concernsOneCopy != true {
        state.slow.recordResult(read.operation)
        receive(result, of: read, on: id, reported)
      }
      release(id)
      switch trial {
      case .failed where read.isPending && !read.isUnderWay: place(read)
      case .none, .failed, .succeeded: receive(result, of: read, on: id, reported)
      }
      if case .succeeded = trial { tryReads() }
    }
  }

  /// Takes the result of one copy. Only the result of the read itself is reported, once.
  private func receive(
    _ result: Result<any ResultSet, DatabaseError>, of read: PendingRead, on id: ConnectionID,
    _ report: (Result<any ResultSet, DatabaseError>) -> Void
  ) {
    guard read.isPending else { return }
    guard case .failure(let error) = result, error.concernsOneCopy else {
      report(result)
      return conclude(read, result)
    }
    if read.isUnderWay {
      if read.copies == 0, let waiter = read.waiter { state.becameOnlyCopy(waiter) }
      return
    }
    let lost = error.kind == .connectionLost ? id : nil
    if lost != nil || read.isBystander, read.beginRepetition(after: lost, newest: state.newestConnection) {
      return place(read)
    }
    report(result)
    conclude(read, result)
  }

  private func conclude(_ read: PendingRead, _ result: Result<any ResultSet, DatabaseError>) {
    if let waiter = read.waiter {
      read.waiter = nil
      withdraw(waiter)
    }
    read.finish(result)
  }
}

// MARK: - Lanes

extension Pool {
  private func keepLooking() {
    guard !isLooking, state.multiplexesReads else { return }
    isLooking = true
    loop.schedule(afterMilliseconds: ReadLane.lookMilliseconds) { [weak self] in self?.lookAtLanes() }
  }

  private func lookAtLanes() {
    isLooking = false
    guard state.hasLanes else { return }
    keepLooking()
    perform(state.lookAtLanes(at: now) { [self] id in members[id]?.reads.oldest?.operation })
    var mayRetract = state.freeCount < 1
    for (id, member) in members where state.isStalledLane(id) {
      guard let oldest = member.reads.oldest, !oldest.isTarget else { continue }
      if !oldest.isPending || oldest.trial == id {
        cancel(id, member)
      } else if mayRetract, oldest.copies > 1 {
        // A slow read was moved, and stalls the last connection too. One copy is enough.
        mayRetract = false
        cancel(id, member)
      }
    }
    tryReads()
  }

  /// Sends the reads behind a lane's oldest one again, on another lane.
  func moveReads(from id: ConnectionID) {
    guard let reads = members[id]?.reads.behindOldest else { return }
    for read in reads where read.mayMove {
      guard let acquisition = state.moveRead(read.operation, at: now) else { continue }
      read.countMove()
      let waiter = pass(acquisition) { [self] acquired in
        read.waiter = nil
        switch acquired {
        case .success(let id): send(read, on: id)
        case .failure(let error):
          // The copy on the stalled lane may still bring the result.
          if !read.isUnderWay { refuse(read, error) }
        }
      }
      if let waiter { read.waiter = waiter }
    }
  }
}

// MARK: - Trials

extension Pool {
  private enum TrialOutcome {
    case none
    case succeeded
    /// It was cancelled or lost, which is no result of the read.
    case failed
  }

  private func endTrial(
    of read: PendingRead, on id: ConnectionID, _ result: Result<any ResultSet, DatabaseError>
  ) -> TrialOutcome {
    guard read.trial == id else { return .none }
    let succeeded = result.failure?.concernsOneCopy != true
    state.trialEnded(read.operation, on: id, succeeded: succeeded, at: now)
    read.endTrial()
    return succeeded ? .succeeded : .failed
  }

  /// Sends one read that a stalled lane holds up again, on the last usable connection.
  private func tryReads() {
    for (id, member) in members where state.isStalledLane(id) {
      guard let read = member.reads.nextBehindOldest else { continue }
      switch state.trial(of: read.operation, at: now) {
      case .granted(let other):
        read.countMove()
        send(read, on: other)
      case .opening(let actions): perform(actions)
      case nil: continue
      }
    }
  }
}

extension DatabaseError {
  /// Whether another copy of the same read may succeed.
  fileprivate var concernsOneCopy: Bool { kind == .connectionLost || kind == .statementTimeout }
}
