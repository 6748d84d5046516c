/// What a run of migrations tells while it goes on.
package enum MigrationProgress: Sendable, Hashable {
  case waitingForLock(holder: String)
  /// A newer program was here, and this one can live with what it applied; no step follows.
  case ahead(SchemaLead)
  case started(MigrationPlan.Step)
  case finished(MigrationPlan.Step)
}
