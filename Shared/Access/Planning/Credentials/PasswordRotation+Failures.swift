import Synchronization

extension PasswordRotation {
  /// The accounts of one run that cannot rotate, each with its reason.
  final class Failures: Sendable {
    private let found = Mutex<[(account: String, reason: String)]>([])

    var count: Int { found.withLock { $0.count } }

    /// Runs a step of one account, and keeps its failure. One that concerns the whole engine ends the run.
    func collect(
      of account: String, _ step: () async throws(AccessError) -> Void
    ) async throws(AccessError) {
      do throws(AccessError) {
        try await step()
      } catch {
        guard error.isOfOneAccount else { throw error }
        found.withLock { $0.append((account, "\(error)")) }
      }
    }

    /// Throws the failures as one error.
    func check(of total: Int) throws(AccessError) {
      let failures = found.withLock { $0 }
      guard !failures.isEmpty else { return }
      let reasons = failures.map { "\($0.account): \($0.reason)" }.joined(separator: "; ")
      throw .unsupported("\(failures.count) of \(total) accounts did not rotate: \(reasons)")
    }
  }
}

extension AccessError {
  /// Whether other accounts of the engine can still be worked on.
  fileprivate var isOfOneAccount: Bool {
    switch self {
    case .credential, .unsupported: true
    case .database(let error): error.isPermissionDenied
    case .cache, .notMigrated: false
    }
  }
}
