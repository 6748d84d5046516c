import Synchronization

/// Collects the results of accounts that are tried at the same time, in an order that does not depend on their speed.
final class ResultCollector: Sendable {
  /// The results of one account, or of the logins, in the order of the attempts.
  struct Part: Sendable {
    fileprivate let collector: ResultCollector
    fileprivate let index: Int

    func take(_ result: ProofResult) {
      collector.take(result, index)
    }
  }

  private struct State {
    var parts: [[ProofResult]] = []
    var count = 0
  }

  private let state = Mutex(State())
  private let total: Int
  private let progress: @Sendable (ProofProgress) -> Void

  /// The number of results between two reports of progress.
  private static let step = 50

  init(total: Int, progress: @escaping @Sendable (ProofProgress) -> Void) {
    self.total = total
    self.progress = progress
  }

  /// The results, part after part in the order in which the parts were made.
  var results: [ProofResult] { state.withLock { $0.parts.flatMap(\.self) } }

  /// Makes the next part of the report.
  func nextPart() -> Part {
    state.withLock { state in
      state.parts.append([])
      return Part(collector: self, index: state.parts.count - 1)
    }
  }

  private func take(_ result: ProofResult, _ index: Int) {
    let count = state.withLock { state in
      state.parts[index].append(result)
      state.count += 1
      return state.count
    }
    guard count % Self.step == 0 || count == total else { return }
    progress(ProofProgress(done: count, total: total, account: result.cell.account))
  }
}
