import DataAccess
import Runtime
import Schema

/// The compatibility of the database's schema with this program, which was written for one version.
enum SchemaFit: Sendable, Hashable {
  /// The same version.
  case exact
  /// A newer version; its migrations declare this program compatible.
  case compatible(String)
  /// An older version, or none: the program's statements need parts that are missing.
  case behind(String)
  /// A sufficient version; an older tool recorded it without the compatible programs.
  case undeclared(String)
  /// A newer, incompatible version. Waiting does not help.
  case superseded(String)

  init(_ state: SchemaState, wanted: Int = Schema.currentVersion) {
    switch state {
    case .empty:
      self = .behind("the database has no schema yet; this program needs version \(wanted) (\(Self.remedy))")
    case .applied(let version, _) where version < wanted, .undeclared(let version) where version < wanted:
      self = .behind(
        "the schema is behind: found version \(version), this program needs \(wanted) (\(Self.remedy))")
    case .applied(wanted, let oldest) where oldest <= wanted:
      self = .exact
    case .applied(let version, let oldest) where oldest <= wanted:
      self = .compatible(
        "the schema is ahead: found version \(version), this program needs \(wanted) and is compatible")
    case .applied(let version, let oldest):
      self = .superseded(Self.ahead(version, wanted, oldest))
    case .undeclared(wanted):
      self = .undeclared(
        "an older tool recorded schema version \(wanted), without the compatible programs "
          + "(\(Self.remedy))")
    case .undeclared(let version):
      self = .superseded(Self.ahead(version, wanted, version))
    }
  }

  private static let remedy = "run: bulkhead migrate up"

  private static func ahead(_ version: Int, _ wanted: Int, _ oldest: Int) -> String {
    "the schema is ahead: found version \(version), this program needs \(wanted), "
      + "and only programs of version \(oldest) and newer are compatible (run a newer program)"
  }
}

extension SchemaFit {
  /// The health of a program that runs already. An upgrade begins with a newer schema, which must not take the old
  /// programs out of service. A schema that is behind lacks parts that the statements need.
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
