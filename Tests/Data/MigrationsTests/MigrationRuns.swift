import DataAccess
import Migrations
import Synchronization

extension MigrationEngine {
  /// Migrates up beside another run. When each step takes its own lock, the slower run fails because the history has
  /// advanced, and runs again.
  func upDespiteOthers() async throws {
    while true {
      do throws(MigrationError) {
        try await up()
        return
      } catch {
        switch error {
        case .stepFailed(_, _, let error) where error.kind == .serializationFailure: continue
        case .locked: continue
        case .stepFailed, .plan, .database: throw error
        }
      }
    }
  }
}

/// Collects the progress that a run of migrations reports.
final class Reports: Sendable {
  private let reports = Mutex<[MigrationProgress]>([])

  var all: [MigrationProgress] { reports.withLock { $0 } }

  func add(_ report: MigrationProgress) { reports.withLock { $0.append(report) } }
}
