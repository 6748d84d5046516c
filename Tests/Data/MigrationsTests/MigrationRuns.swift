import Migrations
import Synchronization

/// Collects the progress that a run of migrations reports.
final class Reports: Sendable {
  private let reports = Mutex<[MigrationProgress]>([])

  var all: [MigrationProgress] { reports.withLock { $0 } }

  func add(_ report: MigrationProgress) { reports.withLock { $0.append(report) } }
}
