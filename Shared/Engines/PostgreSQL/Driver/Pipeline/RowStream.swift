import DataAccess

/// Delivers one statement's rows to a consumer, in batches of bounded size.
///
/// libpq delivers each row as one small result, and the stream holds only the batch that it fills. While the consumer
/// works on a batch, the driver reads nothing from the socket, so the server waits too. When the consumer stops the
/// stream, the driver cancels the statement. The stream ends only after the statement *and* the cancellation have
/// ended, because a late cancellation would hit the next statement.
final class RowStream {
  typealias Outcome = Result<ResultHandle, PipelineFault>

  private enum State {
    /// The pipeline still reads earlier results.
    case waiting
    case filling
    /// The consumer's callback is running and has not stated its demand.
    case delivering
    /// The consumer has returned without a demand; the stream reads nothing until it states one.
    case held
    /// The consumer has the last batch, and the statement has ended.
    case lastDelivered(Outcome)
    /// The consumer has stopped the stream; the cancellation is running, and rows still arrive.
    case cancelling
    /// The cancellation is done, and rows may still arrive.
    case cancelled
    /// The server has ended the statement, and the cancellation is still running.
    case endedEarly(Outcome)
    case ended
  }

  /// The operations of its connection that the stream calls.
  struct Control {
    /// Cancels the statement on the server, and calls back on the loop when the cancellation is done.
    let cancel: (_ done: @escaping () -> Void) -> Void
    /// Continues to read after a wait for the consumer.
    let resume: () -> Void
  }

  private let batchRows: Int
  private let control: Control
  private let onBatch: ([ResultHandle], @escaping (StreamDemand) -> Void) -> Void
  private let completion: (Outcome) -> Void
  private var rows: [ResultHandle] = []
  private var state = State.waiting
  /// The batches delivered so far. A demand applies once, to the batch that it came with.
  private var deliveries = 0

  init(
    batchRows: Int, control: Control,
    onBatch: @escaping ([ResultHandle], @escaping (StreamDemand) -> Void) -> Void,
    completion: @escaping (Outcome) -> Void
  ) {
    self.batchRows = max(1, batchRows)
    self.control = control
    self.onBatch = onBatch
    self.completion = completion
  }

  /// Whether single-row mode must still be enabled in libpq.
  var needsArming: Bool {
    if case .waiting = state { return true }
    return false
  }

  /// Whether the pipeline must not read until the consumer demands more.
  var isHeld: Bool {
    if case .held = state { return true }
    return false
  }

  /// Records that libpq delivers row by row from now on.
  func arm() {
    if case .waiting = state { state = .filling }
  }

  /// Takes one row; drops rows that arrive after the consumer has stopped.
  func take(_ row: ResultHandle) {
    guard case .filling = state else { return }
    rows.append(row)
    guard rows.count == batchRows else { return }
    state = .delivering
    deliver()
    if case .delivering = state { state = .held }
  }

  /// Records that the server has ended the statement, with or without success, or that the connection is lost.
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
      control.resume()
    case .lastDelivered(let outcome): finish(outcome)
    case .waiting, .filling, .cancelling, .cancelled, .endedEarly, .ended: break
    }
  }

  private func proceed(_ demand: StreamDemand) {
    switch demand {
    case .more: state = .filling
    case .stop:
      state = .cancelling
      control.cancel { [self] in cancellationIsDone() }
    }
  }

  private func cancellationIsDone() {
    switch state {
    case .cancelling: state = .cancelled
    case .endedEarly(let outcome): finish(Self.afterCancellation(outcome))
    case .waiting, .filling, .delivering, .held, .lastDelivered, .cancelled, .ended: break
    }
  }

  /// A cancelled statement is a success here, because the consumer requested it.
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
