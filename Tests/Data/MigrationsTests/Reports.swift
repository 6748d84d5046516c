import Migrations
import Synchronization

/// What a run of migrations told.
final class Reports: Sendable {
  private let reports = Mutex<[MigrationProgress]>([])

  var all: [MigrationProgress] { reports.withLock { $0 } }

  func add(_ report: MigrationProgress) { reports.withLock { $0.append(report) } }
}
