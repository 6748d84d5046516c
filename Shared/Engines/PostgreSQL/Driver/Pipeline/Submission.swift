import DataAccess

/// One statement on its way through a pipeline, and whom to tell.
final class Submission {
  /// How a statement shares the pipeline with its neighbours.
  enum Company {
    /// It may stand in one batch with others, which is one implicit transaction: for reads.
    case batched
    /// It is synchronised by itself: for writes, whose success must not hang on a neighbour's.
    case alone
    /// It runs by itself for the second time, after its batch was aborted or its preparation had gone stale.
    case repeated
  }

  /// Whether the server is to keep the statement for the next time.
  enum FleetPreparation {
    case cached
    case oneOff
  }

  /// How it was sent.
  enum Execution {
    case unprepared
    /// Under a name, for rows in a form; nil when the form waits for the types to be known.
    case prepared(name: String, form: ResultForm?)
  }

  /// Where the rows go.
  enum Destination {
    case whole((Result<ResultHandle, PipelineFault>) -> Void)
    case stream(RowStream)
  }

  let query: Query
  private(set) var preparation: FleetPreparation
  let destination: Destination
  private(set) var company: Company
  /// How it was last executed.
  var execution = Execution.unprepared

  init(
    _ query: Query, preparation: FleetPreparation, company: Company,
    destination: Destination
  ) {
    self.query = query
    self.preparation = preparation
    self.company = company
    self.destination = destination
  }

  /// Makes it stand on its own in every respect: not in a batch, and on no preparation that may fail or go stale for
  /// the sake of another. False when it has been repeated already.
  func prepareToRepeat() -> Bool {
    switch company {
    case .repeated: return false
    case .batched, .alone:
      company = .repeated
      preparation = .oneOff
      execution = .unprepared
      return true
    }
  }

  /// Tells whoever waits that it failed; called exactly once, or not at all when it succeeds.
  func fail(_ fault: PipelineFault) {
    switch destination {
    case .whole(let completion): completion(.failure(fault))
    case .stream(let stream): stream.end(.failure(fault))
    }
  }

  /// Tells whoever waits that it is done, with the last result.
  func succeed(with result: ResultHandle) {
    switch destination {
    case .whole(let completion): completion(.success(result))
    case .stream(let stream): stream.end(.success(result))
    }
  }
}

/// Why a statement did not succeed.
enum PipelineFault: Error {
  /// The server refused it.
  case server(ServerFault)
  /// The connection ended before the answer came: whether the statement took effect is unknown.
  case lost(String)
  /// It never left: libpq would not send it.
  case unsendable(String)
  /// It never left: a value cannot be expressed. `parameter` counts from 1.
  case unbindable(parameter: Int, reason: String)
}
