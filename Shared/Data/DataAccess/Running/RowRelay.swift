/// Hands the batches of a stream from the connection to a task that may take its time. Confined to its loop.
///
/// It holds one batch at most: the connection is asked for the next one only when the task comes back.
final class RowRelay {
  /// What comes out of a stream.
  enum Event {
    case batch(any ResultSet)
    case ended(Result<any ResultSet, DatabaseError>)
  }

  typealias Next = (StreamDemand) -> Void

  private enum State {
    /// Between two events, with nobody waiting for the next.
    case quiet
    case awaited((Event) -> Void)
    case holding(Event, Next?)
    /// The task is working on a batch; `Next` asks for the one after it.
    case taken(Next)
    case ended
  }

  private var state = State.quiet

  /// Calls `receive` with the next event, after telling the connection what is wanted of it.
  func next(_ demand: StreamDemand, receive: @escaping (Event) -> Void) {
    switch state {
    case .quiet:
      state = .awaited(receive)
    case .taken(let next):
      state = .awaited(receive)
      next(demand)
    case .holding(let event, let next):
      state = next.map(State.taken) ?? .ended
      receive(event)
    case .awaited, .ended:
      receive(.ended(.failure(DatabaseError(.invalidStatement, detail: "the stream has ended"))))
    }
  }

  func deliver(_ batch: any ResultSet, next: @escaping Next) {
    deliver(.batch(batch), next)
  }

  func end(_ result: Result<any ResultSet, DatabaseError>) {
    deliver(.ended(result), nil)
  }

  private func deliver(_ event: Event, _ next: Next?) {
    switch state {
    case .awaited(let receive):
      state = next.map(State.taken) ?? .ended
      receive(event)
    case .quiet, .holding, .taken:
      state = .holding(event, next)
    case .ended:
      break
    }
  }
}

extension RowRelay.Event: Sendable {}
