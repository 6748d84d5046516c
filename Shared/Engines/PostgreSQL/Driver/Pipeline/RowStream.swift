import DataAccess

/// The rows of one statement on their way to a consumer, in batches of a bounded size.
///
/// libpq delivers them as one small result each; only the batch that is being filled is held. While the consumer
/// works on a batch nothing is read from the socket, so that the server waits as well. A consumer that has seen enough
/// says so, and the statement is cancelled: the stream ends when the server has ended the statement *and* the
/// cancellation has gone through, because one that arrives late would hit whatever runs next.
final class RowStream {
  typealias Outcome = Result<ResultHandle, PipelineFault>

  private enum State {
    /// Its turn has not come: the answers before it are being read.
    case waiting
    case filling
    /// The consumer is being called, and has not said what it wants.
    case delivering
    /// The consumer has returned without saying what it wants; nothing is read until it does.
    case held
    /// The consumer has got the last batch, and the statement has ended.
    case lastDelivered(Outcome)
    /// The consumer has seen enough; the cancellation is under way, and rows still arrive.
    case cancelling
    /// The cancellation has gone through, and rows may still arrive.
    case cancelled
    /// The server has ended the statement, while the cancellation is still under way.
    case endedEarly(Outcome)
    case ended
  }

  /// What the stream needs of the connection around it.
  struct Surroundings {
    /// Cancels the statement on the server and calls back, on the loop, when that has gone through.
    let cancel: (_ done: @escaping () -> Void) -> Void
    /// Reads on, after the consumer has let the stream wait.
    let resume: () -> Void
  }

  private let batchRows: Int
  private let surroundings: Surroundings
  private let onBatch: ([ResultHandle], @escaping (StreamDemand) -> Void) -> Void
  private let completion: (Outcome) -> Void
  private var rows: [ResultHandle] = []
  private var state = State.waiting
  /// Batches delivered so far: a demand counts for the batch it came with, and once.
  private var deliveries = 0

  init(
    batchRows: Int, surroundings: Surroundings,
    onBatch: @escaping ([ResultHandle], @escaping (StreamDemand) -> Void) -> Void,
    completion: @escaping (Outcome) -> Void
  ) {
    self.batchRows = max(1, batchRows)
    self.surroundings = surroundings
    self.onBatch = onBatch
    self.completion = completion
  }

  /// Whether libpq has still to be told to deliver row by row.
  var needsArming: Bool {
    if case .waiting = state { return true }
    return false
  }

  /// Whether nothing should be read until the consumer wants more.
  var isHeld: Bool {
    if case .held = state { return true }
    return false
  }

  /// libpq delivers row by row from here on.
  func arm() {
    if case .waiting = state { state = .filling }
  }

  /// Takes one row; those that come after the consumer has stopped are dropped.
  func take(_ row: ResultHandle) {
    guard case .filling = state else { return }
    rows.append(row)
    guard rows.count == batchRows else { return }
    state = .delivering
    deliver()
    if case .delivering = state { state = .held }
  }

  /// The server has ended the statement, well or badly, or the connection is gone.
  func end(_ outcome: Outcome) {
    switch state {
    case .waiting, .filling:
      guard case .success = outcome, !rows.isEmpty else { return finish(outcome) }
      state = .lastDelivered(outcome)
      deliver()
    case .delivering, .held: finish(outcome)
    case .cancelling: state = .endedEarly(outcome)
    case .cancelled: finish(Self.afterCancellation(outcome))
    case .lastDelivered, .endedEarly, .ended: break
    }
  }

  private func deliver() {
    deliveries += 1
    let number = deliveries
    let batch = rows
    rows.removeAll(keepingCapacity: true)
    onBatch(batch) { [self] demand in
      if number == deliveries { take(demand) }
    }
  }

  private func take(_ demand: StreamDemand) {
    switch state {
    case .delivering: proceed(demand)
    case .held:
      proceed(demand)
      surroundings.resume()
    case .lastDelivered(let outcome): finish(outcome)
    case .waiting, .filling, .cancelling, .cancelled, .endedEarly, .ended: break
    }
  }

  private func proceed(_ demand: StreamDemand) {
    switch demand {
    case .more: state = .filling
    case .stop:
      state = .cancelling
      surroundings.cancel { [self] in cancellationIsThrough() }
    }
  }

  private func cancellationIsThrough() {
    switch state {
    case .cancelling: state = .cancelled
    case .endedEarly(let outcome): finish(Self.afterCancellation(outcome))
    case .waiting, .filling, .delivering, .held, .lastDelivered, .cancelled, .ended: break
    }
  }

  /// That the statement was cancelled is what the consumer wanted.
  private static func afterCancellation(_ outcome: Outcome) -> Outcome {
    guard case .failure(.server(let fault)) = outcome, fault.state == SQLState.queryCanceled,
      let empty = ResultHandle.empty()
    else { return outcome }
    return .success(empty)
  }

  private func finish(_ outcome: Outcome) {
    state = .ended
    completion(outcome)
  }
}
