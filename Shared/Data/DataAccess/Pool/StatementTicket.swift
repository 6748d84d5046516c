/// One statement of a borrower or a write, for its caller to cancel. Confined to its loop.
final class StatementTicket {
  private enum State {
    case waiting
    case running(cancel: () -> Void)
    case cancelled
    case ended
  }

  private var state = State.waiting

  var isCancelled: Bool { if case .cancelled = state { true } else { false } }

  /// Records how the statement is cancelled from now on.
  func begin(cancel: @escaping () -> Void) {
    if !isCancelled { state = .running(cancel: cancel) }
  }

  func end() { state = .ended }

  func cancel() {
    switch state {
    case .running(let cancel):
      state = .cancelled
      cancel()
    case .waiting: state = .cancelled
    case .cancelled, .ended: break
    }
  }
}

extension DatabaseError {
  /// The statement's caller has ended: its client is gone, or its deadline has passed.
  static func cancelled(_ operation: Operation) -> DatabaseError {
    DatabaseError(.cancelled, operation: operation.description, detail: "its caller was cancelled")
  }
}

extension Result where Failure == DatabaseError {
  /// The result, with the reason for which the engine ended the statement: engines report a cancellation as a time limit.
  func ended(by ticket: StatementTicket?) -> Self {
    guard ticket?.isCancelled == true, case .failure(let error) = self, error.kind == .statementTimeout else {
      return self
    }
    return .failure(
      DatabaseError(
        .cancelled, nativeCode: error.nativeCode, operation: error.operation, detail: error.detail))
  }
}
