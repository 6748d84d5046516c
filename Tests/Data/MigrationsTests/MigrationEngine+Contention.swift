import DataAccess
import Migrations

extension MigrationEngine {
  /// Goes up beside another run. Where each step is a lock of its own, the slower run is told that the history went on
  /// without it.
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
