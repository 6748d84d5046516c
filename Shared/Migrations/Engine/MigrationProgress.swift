/// What a run of migrations tells while it goes on.
public enum MigrationProgress: Sendable, Hashable {
  case waitingForLock(holder: String)
  case started(MigrationPlan.Step)
  case finished(MigrationPlan.Step)
}
