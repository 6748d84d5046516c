import DataAccess
import Runtime
import Schema

/// How the schema in the database fits the program that was written for one version of it.
enum SchemaFit: Sendable, Hashable {
  /// The very version.
  case exact
  /// A newer one, whose migrations say that this program can live with it.
  case compatible(String)
  /// An older one, or none: what the program's statements need is not there yet.
  case behind(String)
  /// Far enough, but nothing says who can live with it, because an older tool made the record.
  case undeclared(String)
  /// A newer one that this program cannot live with. Waiting does not make that undone.
  case superseded(String)

  init(_ state: SchemaState, wanted: Int = Schema.currentVersion) {
    switch state {
    case .empty:
      self = .behind("the database has no schema yet; this program wants version \(wanted) (\(Self.remedy))")
    case .applied(let version, _) where version < wanted, .undeclared(let version) where version < wanted:
      self = .behind(
        "the schema is behind: found version \(version), this program wants \(wanted) (\(Self.remedy))")
    case .applied(wanted, let oldest) where oldest <= wanted:
      self = .exact
    case .applied(let version, let oldest) where oldest <= wanted:
      self = .compatible(
        "the schema is ahead: found version \(version), this program wants \(wanted) and can live with it")
    case .applied(let version, let oldest):
      self = .superseded(Self.ahead(version, wanted, oldest))
    case .undeclared(wanted):
      self = .undeclared(
        "schema version \(wanted) was recorded by an older tool, which did not say which programs can live with it "
          + "(\(Self.remedy))")
    case .undeclared(let version):
      self = .superseded(Self.ahead(version, wanted, version))
    }
  }

  private static let remedy = "run: bulkhead migrate up"

  private static func ahead(_ version: Int, _ wanted: Int, _ oldest: Int) -> String {
    "the schema is ahead: found version \(version), this program wants \(wanted), "
      + "and only programs of version \(oldest) and newer can live with it (run a newer program)"
  }
}

extension SchemaFit {
  /// For a program that runs already: a schema that went ahead is how an upgrade begins and must not take the old
  /// programs out of service; one that is behind misses what their statements need.
  var component: HealthReport.Component {
    switch self {
    case .exact: HealthReport.Component(Self.name, .available)
    case .compatible(let finding): HealthReport.Component(Self.name, .available, detail: finding)
    case .behind(let reason):
      HealthReport.Component(Self.name, .unavailable(reason: reason, isEssential: true))
    case .undeclared(let reason), .superseded(let reason):
      HealthReport.Component(Self.name, .unavailable(reason: reason, isEssential: false))
    }
  }

  private static let name = "schema"
}
