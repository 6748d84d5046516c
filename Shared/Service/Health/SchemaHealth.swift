import DataAccess
import Runtime
import Schema

/// Whether the tables are those that this program was written for.
enum SchemaHealth {
  /// The reason not to start, or nil when the versions agree.
  static func mismatch(found: Int?, wanted: Int = Schema.currentVersion) -> String? {
    guard found != wanted else { return nil }
    guard let found else {
      return "the database has no schema yet; this program wants version \(wanted) (run: bulkhead migrate up)"
    }
    return found < wanted
      ? "the schema is behind: found version \(found), this program wants \(wanted) (run: bulkhead migrate up)"
      : "the schema is ahead: found version \(found), this program wants \(wanted) (run a newer program)"
  }

  /// Whether a newer program's migrations were applied: waiting does not make that undone.
  static func isAhead(_ found: Int?, wanted: Int = Schema.currentVersion) -> Bool { (found ?? 0) > wanted }

  /// For a program that runs already: a schema that went ahead is how an upgrade begins and must not take the old
  /// programs out of service; one that is behind misses what their statements need.
  static func component(found: Int?, wanted: Int = Schema.currentVersion) -> ComponentHealth {
    guard let reason = mismatch(found: found, wanted: wanted) else { return .available }
    return .unavailable(reason: reason, isEssential: (found ?? 0) < wanted)
  }
}
