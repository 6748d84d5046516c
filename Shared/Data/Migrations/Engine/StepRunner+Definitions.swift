import DataAccess

/// Statements that commit by themselves.
extension StepRunner {
  /// Runs the statement once. When a run was cut off behind its begin, this runs it again, and a refusal counts as success
  /// where the catalog shows the effect, as it does where the effect may be there. False when another run was faster.
  func define(
    _ sql: String, mayBeThere: Bool, _ effect: DefinitionEffect?, _ dropped: [DroppedData],
    _ state: UnfinishedStep
  ) async throws(MigrationError) -> Bool {
    let isRepeated = state.hasBegun
    let begun = UnfinishedStep(script, part: state.part, hasBegun: true)
    if !isRepeated {
      guard try await advance(from: state, to: begun, { _ in }) else { return false }
    }
    do throws(MigrationError) {
      _ = try await attempting { () throws(DatabaseError) in
        try await limitWaits(session)
        do throws(DatabaseError) {
          try await watched { () throws(DatabaseError) in try await change(sql, dropping: dropped) }
        } catch {
          guard isRepeated || mayBeThere, try await isRepetition(error, effect) else { throw error }
        }
        return .done
      }
      return true
    } catch {
      // Without an answer of the engine the statement may have taken effect.
      if !isRepeated, error.isAnswered { await reset(to: state) }
      throw error
    }
  }

  /// The same code also refuses a statement that cannot take effect at all, so that the effect itself decides.
  private func isRepetition(
    _ error: DatabaseError, _ effect: DefinitionEffect?
  ) async throws(DatabaseError) -> Bool {
    guard let effect, let words = session.dialect.definitions.repetition,
      words.codes.contains(error.nativeCode)
    else { return false }
    return try await session.shows(effect)
  }

  /// The next run must not take another's table for the one that this statement would have made. The statement's own failure
  /// is thrown; a failure here adds nothing to it.
  private func reset(to state: UnfinishedStep) async {
    _ = try? await session.transaction { transaction throws(DatabaseError) in
      try await state.write(transaction)
    }
  }
}

extension MigrationError {
  /// Whether the engine answered the statement that failed, so that it has no effect.
  fileprivate var isAnswered: Bool {
    switch self {
    case .stepFailed(_, _, let error, _), .database(let error): error.kind != .connectionLost
    case .blocked, .cancelled: true
    case .plan, .locked, .unfinished, .recorded, .missing, .nodesLost, .interrupted: false
    }
  }
}
