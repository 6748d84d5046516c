import DataAccess
import Migrations

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
