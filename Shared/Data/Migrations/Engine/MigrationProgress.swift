/// What a run of migrations reports while it runs.
package enum MigrationProgress: Sendable, Hashable {
  case waitingForLock(holder: String)
  /// A newer program migrated further, and this one can live with the result; no step follows.
  case ahead(SchemaLead)
  case started(MigrationPlan.Step)
  case finished(MigrationPlan.Step)
}
