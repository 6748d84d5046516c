import Migrations

extension MigrationStatus {
  /// What beside a missing version keeps programs of this release from starting, or migrations from running.
  var objection: String? {
    if let problem { return "\(problem)" }
    guard current > 0, !recordsOldestPrograms else { return nil }
    return
      "an older tool made the record of migrations, which does not say which programs can live with the schema "
      + "(run: bulkhead migrate up)"
  }
}
