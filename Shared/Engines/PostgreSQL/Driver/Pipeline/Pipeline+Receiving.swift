import CPostgres

extension Pipeline {
  /// Answers in a row that libpq may end without having begun one, before we call it out of step.
  private static let emptyAnswersTolerated = 2

  /// Takes every answer that has arrived. Those who are told may submit anew, or close the connection.
  func drain() {
    var emptyAnswers = 0
    while case .open(let handle) = life, !isHeld, PQisBusy(handle.pointer) == 0 {
      if let pointer = PQgetResult(handle.pointer) {
        emptyAnswers = 0
        receive(ResultHandle(adopting: pointer))
      } else {
        // The end of one statement's results; libpq is silent about nothing else.
        guard !outstanding.isEmpty else { return }
        emptyAnswers += 1
        guard emptyAnswers <= Self.emptyAnswersTolerated else {
          return lose("libpq has lost count of its answers")
        }
      }
      armStream()
    }
  }

  /// Whether the stream whose rows are next waits for its consumer.
  var isHeld: Bool {
    guard case .execution(let submission)? = outstanding.first,
      case .stream(let stream) = submission.destination
    else { return false }
    return stream.isHeld
  }

  /// Reads on after a stream's consumer has said what it wants.
  func resume() {
    drain()
    updateInterest()
  }

  /// Asks for the rows of a stream one by one, which libpq allows only when its answer is the next to be read.
  func armStream() {
    guard case .open(let handle) = life, case .execution(let submission)? = outstanding.first,
      case .stream(let stream) = submission.destination, stream.needsArming
    else { return }
    if PQsetSingleRowMode(handle.pointer) == 1 { stream.arm() }
  }

  private func receive(_ result: ResultHandle) {
    switch result.status {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: receiveSuccess(result)
    case PGRES_SINGLE_TUPLE: receiveRow(result)
    case PGRES_PIPELINE_SYNC: finishBatch()
    case PGRES_PIPELINE_ABORTED: receiveAbortion()
    default: receiveFault(ServerFault(of: result.pointer))
    }
  }

  private func receiveSuccess(_ result: ResultHandle) {
    switch outstanding.popFirst() {
    case .execution(let submission):
      learn(from: result, of: submission)
      submission.succeed(with: result)
    case .preparation, .release: break
    case .synchronisation, nil: lose("libpq answered what was not asked")
    }
  }

  /// The first answer of a prepared statement tells the types of its rows, and so the form to ask for from then on.
  private func learn(from result: ResultHandle, of submission: Submission) {
    guard case .prepared(let name, nil) = submission.execution else { return }
    statements.settle(submission.query.statement, name: name, form: result.bestForm)
  }

  private func receiveRow(_ result: ResultHandle) {
    guard case .execution(let submission)? = outstanding.first,
      case .stream(let stream) = submission.destination
    else { return lose("libpq answered what was not asked") }
    stream.take(result)
  }

  private func receiveFault(_ fault: ServerFault) {
    switch outstanding.popFirst() {
    case .execution(let submission): receive(fault, of: submission)
    case .preparation(let statement, let name):
      statements.forget(statement, name: name)
      preparationFault = (statement, fault)
    case .release: break
    case .synchronisation, nil: lose(fault.message)
    }
  }

  private func receive(_ fault: ServerFault, of submission: Submission) {
    guard fault.meansStalePreparation, case .prepared(let name, _) = submission.execution else {
      return submission.fail(.server(fault))
    }
    statements.forget(submission.query.statement, name: name)
    guard transaction == .idle, submission.prepareToRepeat() else { return submission.fail(.server(fault)) }
    aborted.append(submission)
  }

  /// A neighbour's failure, or that of its own preparation, kept the next statement from running.
  private func receiveAbortion() {
    switch outstanding.popFirst() {
    case .preparation(let statement, let name): statements.forget(statement, name: name)
    case .execution(let submission):
      if let (statement, fault) = preparationFault, statement == submission.query.statement {
        submission.fail(.server(fault))
      } else if submission.prepareToRepeat() {
        aborted.append(submission)
      } else {
        submission.fail(.lost("the server skipped the statement"))
      }
    case .release: break
    case .synchronisation, nil: lose("libpq answered what was not asked")
    }
    preparationFault = nil
  }

  private func finishBatch() {
    outstanding.popFirst()
    preparationFault = nil
    noteTransactionState()
    let waiting = aborted
    aborted = []
    for submission in waiting { submit(submission) }
    releaseEvictedStatements()
  }

  private func noteTransactionState() {
    guard case .open(let handle) = life else { return }
    switch PQtransactionStatus(handle.pointer) {
    case PQTRANS_IDLE: transaction = .idle
    case PQTRANS_INTRANS, PQTRANS_INERROR: transaction = .open
    default: break
    }
  }
}
