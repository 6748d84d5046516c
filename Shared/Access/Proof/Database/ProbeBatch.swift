import DataAccess

/// Cells that are sent to the engine at once, each followed by what undoes it.
///
/// The round trips between them would take most of the proof's time. A cell does not depend on those before it, because
/// the rollback stands between them.
struct ProbeBatch {
  typealias Outcome = Result<ProofOutcome, DatabaseError>

  /// The most cells in one batch. Each waits for a lock for that part of an attempt's time.
  static let size = 16

  let probes: ArraySlice<DatabaseProbe>
  /// The statements that undo a cell.
  let reset: [any Statement]

  /// The statements of all cells, in their order.
  var statements: [any Statement] {
    probes.flatMap { probe -> [any Statement] in probe.preparation + [probe.statement] + reset }
  }

  /// The outcome of each cell. The first statement that fails is the outcome: those behind it meet an aborted
  /// transaction.
  /// - Throws: The error of a rollback: the session has ended, and with it the cells behind.
  func results(
    _ answers: [Result<any ResultSet, DatabaseError>]
  ) throws(DatabaseError) -> [Outcome] {
    var rest = answers[...]
    var outcomes: [Outcome] = []
    for probe in probes {
      let own = rest.prefix(probe.preparation.count + 1)
      rest = rest.dropFirst(own.count)
      for _ in reset {
        if case .failure(let error)? = rest.popFirst() { throw error }
      }
      outcomes.append(Self.outcome(of: probe, own))
    }
    return outcomes
  }

  private static func outcome(
    of probe: DatabaseProbe, _ answers: ArraySlice<Result<any ResultSet, DatabaseError>>
  ) -> Outcome {
    var last: (any ResultSet)?
    for answer in answers {
      switch answer {
      case .success(let result): last = result
      case .failure(let error): return probe.success.isPastCheck(error) ? .success(.allowed) : .failure(error)
      }
    }
    return switch probe.success {
    case .completion, .completionOrCode: .success(.allowed)
    case .aRowRead: .success((last?.rowCount ?? 0) > 0 ? .allowed : .unseen)
    case .aRowChanged: .success((last?.affectedRows ?? 0) > 0 ? .allowed : .unseen)
    case .text(let condition): .success(condition(lines(of: last)) ? .allowed : .unseen)
    }
  }

  private static func lines(of result: (any ResultSet)?) -> [String] {
    guard let result else { return [] }
    return (0..<result.rowCount).compactMap { try? result.text($0, 0) }
  }
}

extension DatabaseProbe.Success {
  /// Whether the statement passed the check of permissions and failed for another reason.
  ///
  /// An insert of one column lacks values for others. Some engines refuse that also where it would insert no row, and all
  /// of them check permissions first.
  fileprivate func isPastCheck(_ error: DatabaseError) -> Bool {
    switch self {
    case .completion: error.kind == .notNullViolation
    case .completionOrCode(let codes): codes.contains(error.nativeCode)
    case .aRowRead, .aRowChanged, .text: false
    }
  }
}
