import DataAccess
import Synchronization

/// The release of a server, by libpq's number: 150019 is 15.19. What the driver does differently on an older one is here.
struct ServerRelease: Sendable, Hashable {
  /// No server has answered yet.
  static let unknown = ServerRelease(number: 0)

  let number: Int

  /// The dialect of this release. While no server has answered, it is that of a newer one.
  var dialect: Dialect { explainsWithoutValues ? .postgreSQL : Self.dialectWithoutPlans }

  /// Whether `EXPLAIN` has the option `GENERIC_PLAN`.
  private var explainsWithoutValues: Bool { self == .unknown || number >= 160_000 }

  /// The dialect of releases without such plans.
  private static let dialectWithoutPlans: Dialect = {
    var dialect = Dialect.postgreSQL
    dialect.genericPlan = .none(because: "a plan without values needs PostgreSQL 16 or newer")
    return dialect
  }()

  /// The release of the server that a driver has reached last.
  final class Last: Sendable {
    private let number = Atomic(ServerRelease.unknown.number)

    var value: ServerRelease { ServerRelease(number: number.load(ordering: .relaxed)) }

    func note(_ found: ServerRelease) { number.store(found.number, ordering: .relaxed) }
  }
}
