/// Whether a transaction, or a savepoint in it, still takes statements. Confined to its loop.
final class TransactionScope {
  private enum State {
    case open
    case failed(DatabaseError)
    case ended
  }

  private var state = State.open

  /// Why `operation` may not run now; nil when it may.
  func refusal(of operation: Operation) -> DatabaseError? {
    switch state {
    case .open: nil
    case .failed: .invalid("the transaction has failed and can only be rolled back", operation)
    case .ended: .invalid("the transaction has ended", operation)
    }
  }

  /// Notes that a statement failed; the first failure is the one that counts.
  func fail(_ error: DatabaseError) {
    switch state {
    case .open: state = .failed(error)
    case .failed, .ended: break
    }
  }

  /// Ends the scope and answers the failure that forbids to keep its work, if there was one.
  func end() -> DatabaseError? {
    defer { state = .ended }
    switch state {
    case .open, .ended: return nil
    case .failed(let error): return error
    }
  }
}
